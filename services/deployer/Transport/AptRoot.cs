using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Transport;

/// <summary>
/// A directory that apt and dpkg take for a whole machine: nothing of the real machine's configuration is read, and
/// nothing outside of the directory is written (except by maintainer scripts, which run on the machine with
/// <c>DPKG_ROOT</c> set).
/// </summary>
internal sealed class AptRoot
{
    /// <summary>dpkg looks for its tools, some of them in sbin, which ordinary users do not have in their
    /// path.</summary>
    public static readonly FrozenDictionary<string, string> BaseEnvironment = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["LC_ALL"] = "C.UTF-8",
    }.ToFrozenDictionary();

    private static readonly string[] Directories =
    [
        "etc/apt/apt.conf.d",
        "etc/apt/auth.conf.d",
        "etc/apt/preferences.d",
        "etc/apt/sources.list.d",
        "etc/apt/trusted.gpg.d",
        "etc/apt/keyrings",
        "home",
        "tmp",
        "var/cache/apt/archives/partial",
        "var/lib/apt/lists/partial",
        "var/lib/dpkg/info",
        "var/lib/dpkg/parts",
        "var/lib/dpkg/triggers",
        "var/lib/dpkg/updates",
        "var/log/apt",
    ];

    private readonly InventoryHost _host;

    public AptRoot(string path, InventoryHost host)
    {
        Path = path;
        _host = host;
        Environment = new Dictionary<string, string>(BaseEnvironment)
        {
            ["APT_CONFIG"] = PathOf("etc/apt/apt.conf"),
            ["DEBIAN_FRONTEND"] = "noninteractive",
            ["NEEDRESTART_MODE"] = "a",
            ["HOME"] = PathOf("home"),
            ["TMPDIR"] = PathOf("tmp"),
            ["DPKG_ROOT"] = path,
        };
        foreach (var (name, value) in HostVariables.Of(host))
        {
            Environment[name] = value;
        }
    }

    public string Path { get; }

    /// <summary>Complete environment of everything that runs in the root.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>Whether dpkg was killed while it was at work: it keeps its journal until it is told to go on.</summary>
    public bool IsInterrupted =>
        Directory.Exists(PathOf("var/lib/dpkg/updates"))
        && Directory.EnumerateFiles(PathOf("var/lib/dpkg/updates")).Any();

    /// <summary>Options that make dpkg work in the root, also for an ordinary user.</summary>
    public IEnumerable<string> DpkgOptions =>
        [
            $"--root={Path}",
            $"--log={PathOf("var/log/dpkg.log")}",
            "--force-script-chrootless",
            "--force-not-root",
            "--force-bad-path",
            "--force-confdef",
            "--force-confold",
        ];

    private string Suite => Suites.Of(_host.Channel);

    public string PathOf(string relative) => System.IO.Path.Combine(Path, relative);

    /// <summary>Makes the root, or brings its configuration up to date.</summary>
    public void Prepare(Uri repository, byte[] key, string architecture, TimeSpan lockTimeout)
    {
        foreach (var directory in Directories)
        {
            Directory.CreateDirectory(PathOf(directory));
        }

        var keyring = PathOf($"etc/apt/keyrings/{RepositoryKey.FileName}");
        var machineId = MachineIdOf(_host.Name);
        Write(keyring, key);
        Write("etc/machine-id", machineId + "\n");
        Write("etc/hostname", _host.Name + "\n");
        Write(
            "etc/apt/sources.list.d/canary.sources",
            $"""
            Types: deb
            URIs: {repository}
            Suites: {Suite}
            Components: main
            Signed-By: {keyring}

            """
        );
        Write(
            "etc/apt/preferences.d/canary",
            $"""
            Explanation: over 1000, so that a version that is taken back also leaves the host
            Package: *
            Pin: origin "{repository.IdnHost.Trim('[', ']')}"
            Pin-Priority: 1001

            """
        );
        Write("etc/apt/apt.conf", Configuration(machineId, architecture, lockTimeout));
        MakeStatus();
    }

    /// <summary>
    /// Makes the next <c>apt-get update</c> fetch the suite's index of indexes whatever its date. HTTP dates count in
    /// seconds: a suite that changes twice within one would look unchanged. What did not change is still not fetched
    /// again.
    /// </summary>
    public void ForgetReleases()
    {
        foreach (var release in Directory.EnumerateFiles(PathOf("var/lib/apt/lists"), "*_InRelease"))
        {
            File.Delete(release);
        }
    }

    /// <summary>Puts the record of the machine's packages into the root's status file; leaves it for the next time when
    /// dpkg is at work there. The lock keeps dpkg out, and other processes, but not others in this one.</summary>
    public void Provide(string record)
    {
        var status = PathOf("var/lib/dpkg/status");
        var paragraphs = "\n\n" + File.ReadAllText(status);
        if (paragraphs.Contains("\n\n" + record, StringComparison.Ordinal))
        {
            return;
        }

        using var file = new FileStream(
            PathOf("var/lib/dpkg/lock"),
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.ReadWrite
        );
        if (!TryLock(file))
        {
            return;
        }

        var others = File.ReadAllText(status)
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(paragraph =>
                !paragraph.StartsWith($"Package: {MachinePackages.PackageName}\n", StringComparison.Ordinal)
            )
            .Select(paragraph => paragraph.TrimEnd('\n') + "\n\n");
        Write($"var/lib/dpkg/info/{MachinePackages.PackageName}.list", "");
        Write($"var/lib/dpkg/info/{MachinePackages.PackageName}.md5sums", "");
        Write("var/lib/dpkg/status", record + string.Concat(others));
    }

    // Never over one that is there: whoever comes second would take back what the first has installed.
    private void MakeStatus()
    {
        var status = PathOf("var/lib/dpkg/status");
        if (File.Exists(status))
        {
            return;
        }

        try
        {
            using var empty = new FileStream(status, FileMode.CreateNew);
        }
        catch (IOException) when (File.Exists(status))
        {
            // As it should be.
        }
    }

    // The same kind of lock (fcntl) that dpkg takes.
    private static bool TryLock(FileStream file)
    {
        try
        {
            file.Lock(0, 0);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The same name always gives the same id: apt picks machines for phased updates by it.</summary>
    private static string MachineIdOf(string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("canary host " + name)).AsSpan(0, 16));

    private string Configuration(string machineId, string architecture, TimeSpan lockTimeout) =>
        $$"""
            Dir "{{Path}}/";
            Dir::State::status "{{PathOf("var/lib/dpkg/status")}}";
            Dir::Log::Planner "/dev/null";
            Dir::Log::Solver "/dev/null";
            DPkg::Options { {{string.Join(" ", DpkgOptions.Select(option => $"\"{option}\";"))}} };
            DPkg::Lock::Timeout "{{(int)lockTimeout.TotalSeconds}}";
            DPkg::Use-Pty "false";
            APT::Machine-ID "{{machineId}}";
            APT::Architecture "{{architecture}}";
            APT::Architectures { "{{architecture}}"; };
            APT::Sandbox::User "root";
            APT::Install-Recommends "false";
            APT::Keep-Downloaded-Packages "false";
            APT::Update::Error-Mode "any";
            APT::Get::AllowUnauthenticated "false";
            Acquire::AllowInsecureRepositories "false";
            Acquire::AllowWeakRepositories "false";
            Acquire::AllowDowngradeToInsecureRepositories "false";
            Acquire::Check-Valid-Until "true";
            Acquire::Check-Date "true";
            Acquire::Languages "none";
            Acquire::Retries "0";
            Acquire::http::Proxy "DIRECT";

            """;

    private void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    // Only when it differs: apt throws its caches away when their sources are newer.
    private void Write(string path, byte[] content)
    {
        var file = PathOf(path);
        if (File.Exists(file) && File.ReadAllBytes(file).AsSpan().SequenceEqual(content))
        {
            return;
        }

        // A host may be looked at by two messages at once, one of them a repeat.
        var draft = $"{file}.{Guid.NewGuid():N}.new";
        File.WriteAllBytes(draft, content);
        File.Move(draft, file, overwrite: true);
    }
}
