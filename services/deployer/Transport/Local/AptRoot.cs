using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Files;
using Canary.Hosting.Security;

namespace Canary.Deployer.Transport.Local;

/// <summary>
/// A directory that apt and dpkg take for a whole machine: nothing of the real machine's configuration is read, and nothing
/// outside of the directory is written. It has two configurations of apt: one for programs that live inside, for whom it is
/// <c>/</c>, and one for those that look at it from outside, with <c>DPKG_ROOT</c>.
/// </summary>
internal sealed class AptRoot
{
    public const string ConfigurationVariable = "APT_CONFIG";

    /// <summary>apt's configuration, for programs inside.</summary>
    public const string InsideConfiguration = "/etc/apt/inside.conf";

    /// <summary>dpkg looks for its tools, some of them in sbin, which ordinary users do not have in their
    /// path.</summary>
    public static readonly FrozenDictionary<string, string> BaseEnvironment = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["LC_ALL"] = "C.UTF-8",
    }.ToFrozenDictionary();

    /// <summary>apt takes keys of this name for everything in its list of sources, which is our repository alone: a path in
    /// the source itself would differ inside and outside.</summary>
    private const string Keyring = "etc/apt/trusted.gpg.d/canary-archive-keyring.gpg";

    private static readonly string[] Directories =
    [
        "etc/apt/apt.conf.d",
        "etc/apt/auth.conf.d",
        "etc/apt/preferences.d",
        "etc/apt/sources.list.d",
        "etc/apt/trusted.gpg.d",
        "home",
        "root",
        "tmp",
        "var/cache/debconf",
        "var/cache/apt/archives/partial",
        "var/lib/apt/lists/partial",
        "var/lib/dpkg/alternatives",
        "var/lib/dpkg/info",
        "var/lib/dpkg/parts",
        "var/lib/dpkg/triggers",
        "var/lib/dpkg/updates",
        "var/lib/misc",
        "var/log/apt",
        "var/mail",
        "var/spool",
    ];

    private readonly InventoryHost _host;

    public AptRoot(string path, InventoryHost host)
    {
        Path = path;
        _host = host;
        EnvironmentInside = Describe(InsideConfiguration, "/root");
        EnvironmentOutside = Describe(PathOf("etc/apt/apt.conf"), PathOf("home"));
        EnvironmentOutside["TMPDIR"] = PathOf("tmp");
        EnvironmentOutside["DPKG_ROOT"] = path;
    }

    public string Path { get; }

    /// <summary>Complete environment of programs that live in the root.</summary>
    public Dictionary<string, string> EnvironmentInside { get; }

    /// <summary>Complete environment of programs that look at the root from outside.</summary>
    public Dictionary<string, string> EnvironmentOutside { get; }

    private string Suite => Suites.Of(_host.Channel);

    public string PathOf(string relative) => System.IO.Path.Combine(Path, relative);

    /// <summary>Makes the root, or brings its configuration up to date.</summary>
    public void Prepare(Uri repository, byte[] key, string architecture, TimeSpan lockTimeout, string? password = null)
    {
        foreach (var directory in Directories)
        {
            Make(directory);
        }

        AdoptWhatIsThere();

        var machineId = MachineIdOf(_host.Name);
        Write(Keyring, key);
        Write("etc/machine-id", machineId + "\n");
        Write("etc/hostname", _host.Name + "\n");
        Write(
            "etc/apt/sources.list.d/canary.sources",
            $"""
            Types: deb
            URIs: {repository}
            Suites: {Suite}
            Components: main

            """
        );
        if (password is not null)
        {
            WriteSecret(
                "etc/apt/auth.conf.d/canary.conf",
                $"machine {repository.GetLeftPart(UriPartial.Authority)}{repository.AbsolutePath} login {ServicePassword.User} password {password}\n"
            );
        }

        Write(
            "etc/apt/preferences.d/canary",
            $"""
            Explanation: below other sources; canary-packages has the packages that came through the repository
            Package: *
            Pin: origin "{repository.IdnHost.Trim('[', ']')}"
            Pin-Priority: 99

            """
        );
        var common = Configuration(machineId, architecture, lockTimeout);
        Write("etc/apt/apt.conf", ConfigurationOutside() + common);
        Write("etc/apt/inside.conf", ConfigurationInside + common);
        MakeStatus();
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

    /// <summary>A script that is root inside must not lead what is written from outside to somewhere else.</summary>
    private void Make(string directory)
    {
        var at = Path;
        Directory.CreateDirectory(at);
        foreach (var part in directory.Split('/'))
        {
            at = System.IO.Path.Combine(at, part);
            if (new DirectoryInfo(at).LinkTarget is { } target)
            {
                throw new IOException($"{at} is a link to {target}; remove it.");
            }

            Directory.CreateDirectory(at);
        }
    }

    /// <summary>Before there was a record of it, everything in a root came through us.</summary>
    private void AdoptWhatIsThere()
    {
        const string record = "var/lib/canary-apply";
        if (Directory.Exists(PathOf(record)))
        {
            return;
        }

        Make(record);
        if (!File.Exists(PathOf("var/lib/dpkg/status")))
        {
            return;
        }

        const string field = "Package: ";
        foreach (var line in File.ReadLines(PathOf("var/lib/dpkg/status")))
        {
            if (line.StartsWith(field, StringComparison.Ordinal) && line[field.Length..] != MachinePackages.PackageName)
            {
                Write($"{record}/{line[field.Length..]}.package", line[field.Length..] + "\n");
            }
        }
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

    private static Dictionary<string, string> Describe(string configuration, string home) =>
        new(BaseEnvironment) { [ConfigurationVariable] = configuration, ["HOME"] = home };

    // A crash of this machine may leave a simulated host behind that is not whole; a crash of any program does not.
    private const string ConfigurationInside = """
        Dir::Etc::main "/dev/null";
        DPkg::Options { "--log=/var/log/dpkg.log"; "--force-unsafe-io"; };

        """;

    private string ConfigurationOutside() =>
        $$"""
            Dir "{{Path}}/";
            Dir::State::status "{{PathOf("var/lib/dpkg/status")}}";
            DPkg::Options {
              "--root={{Path}}"; "--log={{PathOf("var/log/dpkg.log")}}";
              "--force-script-chrootless"; "--force-not-root"; "--force-bad-path";
            };

            """;

    private static string Configuration(string machineId, string architecture, TimeSpan lockTimeout) =>
        $$"""
            Dir::Log::Planner "/dev/null";
            Dir::Log::Solver "/dev/null";
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

    private void WriteSecret(string path, string content)
    {
        var file = PathOf(path);
        if (!File.Exists(file) || File.ReadAllText(file) != content)
        {
            SecretFile.Write(file, content);
        }
    }
}
