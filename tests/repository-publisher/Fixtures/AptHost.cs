namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>A host that follows a suite: real apt and dpkg on a private root.</summary>
internal sealed class AptHost : IDisposable
{
    private const string MachineId = "0123456789abcdef0123456789abcdef";

    private readonly TempDirectory _root = new();
    private readonly string _sources;
    private readonly string _configuration;

    /// <param name="address">Address of the repository: <c>http</c>, or <c>file</c> with the served directory.</param>
    /// <param name="key">Public key, binary.</param>
    /// <param name="suite">Suite that it follows.</param>
    /// <param name="architecture">Its architecture.</param>
    public AptHost(Uri address, byte[] key, string suite = "production", string architecture = "amd64")
    {
        foreach (
            var directory in new[]
            {
                "etc/apt/preferences.d",
                "etc/apt/apt.conf.d",
                "lists/partial",
                "cache/archives/partial",
                "log",
                "var/lib/dpkg/info",
                "var/lib/dpkg/updates",
                "var/lib/dpkg/triggers",
            }
        )
        {
            _root.CreateDirectory(directory);
        }

        _root.WriteFile("var/lib/dpkg/status", "");
        _root.WriteFile("var/lib/dpkg/available", "");
        Keyring = _root.Combine("key.pgp");
        File.WriteAllBytes(Keyring, key);
        _sources = _root.WriteFile(
            "etc/apt/canary.sources",
            $"""
            Types: deb
            URIs: {address}
            Suites: {suite}
            Components: main
            Signed-By: {Keyring}

            """
        );
        _root.WriteFile(
            "etc/apt/preferences.d/canary",
            """
            Package: *
            Pin: release o=Canary
            Pin-Priority: 1001

            """
        );
        // Read before everything else: without it apt also runs the hooks of the machine's own configuration.
        _configuration = _root.WriteFile(
            "apt.conf",
            $"""
            Dir::Etc::main "{_root.Combine("none.conf")}";
            Dir::Etc::parts "{_root.Combine("etc/apt/apt.conf.d")}";

            """
        );
        Architecture = architecture;
    }

    public string Keyring { get; }

    public string Architecture { get; }

    public string Lists => _root.Combine("lists");

    public Task<ToolResult> UpdateAsync(params IEnumerable<string> options) =>
        AptAsync(["update", "-o", "APT::Update::Error-Mode=any", .. options]);

    public Task<ToolResult> UpgradeAsync() => AptAsync(["upgrade", "-y", "--allow-downgrades"]);

    public Task<ToolResult> InstallAsync(params IEnumerable<string> packages) =>
        AptAsync(["install", "-y", "--allow-downgrades", .. packages]);

    /// <summary>Has apt show a user and a password to a repository.</summary>
    public void Show(Uri address, string user, string password) =>
        _root.WriteFile("etc/apt/auth.conf.d/canary.conf", $"machine {address} login {user} password {password}\n");

    /// <summary>Versions that apt knows of a package, the one it would install first.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync(string package)
    {
        var output = (await RunAsync("apt-cache", ["madison", package])).EnsureSuccess().Output;
        return [.. output.Split('\n').Where(line => line.Contains('|')).Select(line => line.Split('|')[1].Trim())];
    }

    /// <summary>Has apt fetch what <c>apt-file</c> looks into, as the package apt-file configures it.</summary>
    public void FollowContents() =>
        _root.WriteFile(
            "etc/apt/apt.conf.d/50apt-file.conf",
            """
            Acquire::IndexTargets::deb::Contents-deb {
              MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)";
              ShortDescription "Contents-$(ARCHITECTURE)";
              Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Contents (deb)";
              PDiffs "true";
              KeepCompressed "true";
            };

            """
        );

    /// <summary>What <c>apt-file</c> finds: package and path.</summary>
    public async Task<IReadOnlyList<string>> PackagesWithAsync(string path) =>
        (await RunAsync("apt-file", ["search", path]))
            .EnsureSuccess()
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Version that dpkg has installed, or <c>null</c>.</summary>
    public async Task<string?> InstalledAsync(string package)
    {
        var result = await ProcessRunner.RunAsync(
            "dpkg-query",
            [
                "--admindir",
                _root.Combine("var/lib/dpkg"),
                "--show",
                "--showformat=${db:Status-Abbrev}${Version}",
                package,
            ]
        );
        return result.ExitCode == 0 && result.Output.StartsWith("ii ", StringComparison.Ordinal)
            ? result.Output[3..]
            : null;
    }

    public Task<ToolResult> AptAsync(IEnumerable<string> arguments) => RunAsync("apt-get", arguments);

    public void Dispose() => _root.Dispose();

    private Task<ToolResult> RunAsync(string tool, IEnumerable<string> arguments) =>
        ProcessRunner.RunAsync(
            tool,
            [.. Options(), .. arguments],
            environment: new Dictionary<string, string?>
            {
                ["DEBIAN_FRONTEND"] = "noninteractive",
                ["APT_CONFIG"] = _configuration,
                ["LC_ALL"] = "C.UTF-8",
                ["http_proxy"] = null,
            }
        );

    private IEnumerable<string> Options() =>
        new[]
        {
            $"Dir={_root.Path}",
            $"Dir::Etc={_root.Combine("etc/apt")}",
            $"Dir::Etc::sourcelist={_sources}",
            "Dir::Etc::sourceparts=/dev/null",
            $"Dir::State={_root.Path}",
            $"Dir::State::lists={Lists}",
            $"Dir::State::status={_root.Combine("var/lib/dpkg/status")}",
            $"Dir::Cache={_root.Combine("cache")}",
            $"Dir::Log={_root.Combine("log")}",
            "Dir::Bin::methods=/usr/lib/apt/methods",
            "Dir::Bin::dpkg=/usr/bin/dpkg",
            "APT::Sandbox::User=root",
            $"APT::Architecture={Architecture}",
            $"APT::Architectures={Architecture}",
            $"APT::Machine-ID={MachineId}",
            "Acquire::Check-Valid-Until=true",
            "Acquire::Check-Date=true",
            "Acquire::Retries=0",
            "Acquire::http::Proxy=DIRECT",
            "Acquire::Languages=none",
            $"DPkg::Options::=--root={_root.Path}",
            "DPkg::Options::=--force-script-chrootless",
            "DPkg::Options::=--force-not-root",
            "DPkg::Options::=--log=/dev/null",
        }.SelectMany(option => new[] { "-o", option });
}
