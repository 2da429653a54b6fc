namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>A machine that <c>hosts/install.sh</c> may make a host of: a root of its own by <c>hosts/canary-machine</c>, with this
/// machine's programs, so that this machine stays as it is.</summary>
internal sealed class EmptyMachine : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string _root;
    private readonly string _etc;

    private EmptyMachine()
    {
        _root = _directory.CreateDirectory("root");
        _etc = _directory.CreateDirectory("etc");
    }

    private static string Program => SourceTree.PathOf("hosts", "canary-machine");

    public static async Task<EmptyMachine> StartAsync()
    {
        await InstalledPackages.RequireAsync("openssh-server", "curl");
        var machine = new EmptyMachine();
        machine.Furnish();
        return machine;
    }

    public string PathOf(string relative) => Path.Combine(_root, relative);

    public bool Has(string relative) => File.Exists(PathOf(relative));

    public string Read(string relative) => File.ReadAllText(PathOf(relative));

    public Task<ToolResult> InstallAsync(Uri repository, params string[] options) =>
        InstallWithInputAsync(repository, input: null, options);

    /// <param name="repository">Address of the repository.</param>
    /// <param name="input">What the script reads; <c>null</c>: nothing.</param>
    /// <param name="options">Further options.</param>
    public Task<ToolResult> InstallWithInputAsync(Uri repository, string? input, params string[] options) =>
        InstallAsync(repository, input, [], options);

    /// <param name="repository">Address of the repository.</param>
    /// <param name="variable">What the script finds in its environment.</param>
    /// <param name="value">What it is set to.</param>
    /// <param name="options">Further options.</param>
    public Task<ToolResult> InstallWithEnvironmentAsync(
        Uri repository,
        string variable,
        string value,
        params string[] options
    ) => InstallAsync(repository, input: null, new() { [variable] = value }, options);

    private static Dictionary<string, string?> EnvironmentOf(Dictionary<string, string?> own) =>
        new(own)
        {
            // The place for temporary files of whoever runs the tests is none of that machine.
            ["TMPDIR"] = null,
        };

    private Task<ToolResult> InstallAsync(
        Uri repository,
        string? input,
        Dictionary<string, string?> variables,
        string[] options
    ) =>
        ProcessRunner.RunAsync(
            Program,
            [
                "run",
                _root,
                _etc,
                "/bin/bash",
                "/opt/hosts/install.sh",
                "--repository",
                repository.ToString(),
                "--suite",
                "production",
                "--deployer-key",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9 canary-deployer",
                .. options,
            ],
            environment: EnvironmentOf(variables),
            input: input
        );

    /// <summary>Runs a program there as root.</summary>
    public Task<ToolResult> RunAsync(string program, params string[] arguments) =>
        ProcessRunner.RunAsync(
            Program,
            ["run", _root, _etc, program, .. arguments],
            environment: new Dictionary<string, string?> { ["TMPDIR"] = null }
        );

    /// <summary>Sends <c>canary-apply</c> of that machine a request, as its sudo lets the deploy user do it.</summary>
    public Task<ToolResult> ApplyAsRootAsync(params string[] fields) =>
        ProcessRunner.RunAsync(
            Program,
            ["run", _root, _etc, "/usr/bin/env", "LC_ALL=C.UTF-8", "/usr/sbin/canary-apply", "--as-root"],
            environment: new Dictionary<string, string?> { ["TMPDIR"] = null },
            input: string.Concat(fields.Select(field => field + '\0'))
        );

    public async ValueTask DisposeAsync()
    {
        (await ProcessRunner.RunAsync(Program, ["stop", _root])).EnsureSuccess();
        _directory.Dispose();
    }

    private void Furnish()
    {
        foreach (var name in new[] { "install.sh", "canary-apply", "canary-converge.service", "canary-converge.timer" })
        {
            _directory.WriteFile(
                $"root/opt/hosts/{name}",
                File.ReadAllText(SourceTree.PathOf("hosts", name)),
                executable: true
            );
        }

        // It must be there, and nothing is done with it.
        _directory.WriteFile("root/usr/local/bin/sudo", "#!/bin/sh\nexit 1\n", executable: true);
        _directory.WriteFile("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
        _directory.WriteFile("etc/group", "root:x:0:\n");
        _directory.WriteFile("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
        _directory.WriteFile(
            "etc/ssh/ssh_host_ed25519_key.pub",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE7f5cP9mJHcSXVVjy0m6vYm7yTq0hPpbo3X3Zr6yrqv root@host\n"
        );
        foreach (
            var directory in new[]
            {
                "lib/apt/lists/partial",
                "cache/apt/archives/partial",
                "log/apt",
                "lib/dpkg/info",
                "lib/dpkg/updates",
                "lib/dpkg/triggers",
            }
        )
        {
            _directory.CreateDirectory("root/var", directory);
        }

        _directory.WriteFile("root/var/lib/dpkg/status", "");
        _directory.WriteFile("etc/apt/apt.conf.d/sandbox", "APT::Sandbox::User \"root\";\n");
        foreach (var directory in new[] { "apt/sources.list.d", "apt/preferences.d", "sudoers.d" })
        {
            _directory.CreateDirectory("etc", directory);
        }
    }
}
