using System.Net;

namespace Canary.Testing.Machines;

/// <summary>A machine with a systemd of its own.</summary>
public sealed class Machine : IAsyncDisposable
{
    private static readonly TimeSpan LongestBoot = TimeSpan.FromMinutes(3);

    private readonly string _namespace;
    private readonly string _directory;
    private ServerProcess? _process;
    private string? _init;
    private bool _isConnected;

    internal Machine(string name, IPAddress address, string @namespace, string directory)
    {
        Name = name;
        Address = address;
        _namespace = @namespace;
        _directory = directory;
    }

    /// <summary>Its host name.</summary>
    public string Name { get; }

    /// <summary>Where this machine reaches it.</summary>
    public IPAddress Address { get; }

    /// <summary>Its file system, as this machine sees it.</summary>
    public string Root => Path.Combine(_directory, "root");

    /// <summary>Runs a program on it as root.</summary>
    /// <param name="command">Program and arguments: no shell is involved.</param>
    public async Task<ToolResult> RunAsync(params string[] command) =>
        await ProcessRunner.RunAsync(
            "nsenter",
            [
                "--target",
                Init,
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--pid",
                "--wd=/root",
                "--",
                "/usr/bin/env",
                "-i",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root",
                "LC_ALL=C.UTF-8",
                .. command,
            ]
        );

    /// <summary>As <see cref="RunAsync"/>, but it must succeed; returns its standard output.</summary>
    /// <exception cref="ToolFailedException">The exit code is not 0.</exception>
    public async Task<string> OutputOfAsync(params string[] command) =>
        (await RunAsync(command)).EnsureSuccess().Output;

    /// <summary>Version of a package that its dpkg has installed; <c>null</c>: none.</summary>
    public async Task<string?> InstalledAsync(string package)
    {
        var result = await RunAsync("dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package);
        return result.ExitCode == 0 && result.Output.Split(' ') is ["installed", var version] ? version : null;
    }

    /// <summary>Writes a file on it.</summary>
    public void WriteFile(string path, string content)
    {
        var file = Path.Combine(Root, path.TrimStart('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    /// <summary>Copies a directory to it.</summary>
    public async Task CopyAsync(string directory, string to) =>
        await ProcessRunner.OutputOfAsync("cp", ["-r", directory, Path.Combine(Root, to.TrimStart('/'))]);

    /// <summary>Ends it as a power cut does.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
        {
            await _process.KillAsync();
            _process.Dispose();
            _process = null;
            _init = null;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await ControlGroups.RemoveAsync(_namespace);
        if (_isConnected)
        {
            await ProcessRunner.OutputOfAsync("ip", ["netns", "delete", _namespace]);
        }

        await MachineLeftovers.UnmountAsync(Root);
    }

    internal async Task ConnectAsync(string bridge, string link)
    {
        await ProcessRunner.OutputOfAsync("ip", ["netns", "add", _namespace]);
        _isConnected = true;
        await ProcessRunner.OutputOfAsync(
            "ip",
            ["link", "add", link, "type", "veth", "peer", "name", "host0", "netns", _namespace]
        );
        await ProcessRunner.OutputOfAsync("ip", ["link", "set", link, "master", bridge, "up"]);
        await ProcessRunner.OutputOfAsync("ip", ["-n", _namespace, "address", "add", $"{Address}/24", "dev", "host0"]);
        await ProcessRunner.OutputOfAsync("ip", ["-n", _namespace, "link", "set", "host0", "up"]);
        await ProcessRunner.OutputOfAsync("ip", ["-n", _namespace, "link", "set", "lo", "up"]);
    }

    internal async Task BootAsync(string image)
    {
        await LayOverAsync(image);
        WriteFile("/etc/hostname", Name + "\n");
        WriteFile("/etc/hosts", $"127.0.0.1 localhost\n{Address} {Name}\n");
        await ProcessRunner.OutputOfAsync(
            "ssh-keygen",
            ["-q", "-t", "ed25519", "-N", "", "-C", Name, "-f", Path.Combine(Root, "etc/ssh/ssh_host_ed25519_key")]
        );
        Start();
        await _process!.AnswersAsync(() =>
        {
            _init = FindInit();
            return Task.CompletedTask;
        });
        await Eventually.TrueAsync(IsRunningAsync, LongestBoot, what: $"all units of {Name} run");
    }

    private void Start() =>
        _process = ServerProcess.Start(
            "/bin/sh",
            [
                "-c",
                """
                while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done
                shift
                exec "$@" </dev/null
                """,
                "machine",
                .. ControlGroups.Make(_namespace),
                "--",
                "systemd-nspawn",
                "--quiet",
                "--register=no",
                "--keep-unit",
                "--console=pipe",
                "--resolv-conf=off",
                "--timezone=off",
                "--link-journal=no",
                $"--network-namespace-path=/run/netns/{_namespace}",
                "--directory",
                Root,
                "--boot",
            ]
        );

    /// <summary>Where nothing can be laid over a file system, it is copied.</summary>
    private async Task LayOverAsync(string image)
    {
        var upper = Directory.CreateDirectory(Path.Combine(_directory, "upper")).FullName;
        var work = Directory.CreateDirectory(Path.Combine(_directory, "work")).FullName;
        Directory.CreateDirectory(Root);
        var options = $"lowerdir={image},upperdir={upper},workdir={work}";
        var mount = await ProcessRunner.RunAsync("mount", ["-t", "overlay", "-o", options, "canary-test", Root]);
        if (mount.ExitCode != 0)
        {
            await ProcessRunner.OutputOfAsync("cp", ["-a", "--reflink=auto", image + "/.", Root]);
        }
    }

    private string Init => _init ?? throw new InvalidOperationException($"{Name} does not run.\n{_process?.Log}");

    /// <summary>The first process of its own, as this machine numbers it.</summary>
    private string FindInit() =>
        ControlGroups
            .Processes(_namespace)
            .First(process =>
                File.ReadLines($"/proc/{process}/status")
                    .Single(line => line.StartsWith("NSpid:", StringComparison.Ordinal))
                    .EndsWith("\t1", StringComparison.Ordinal)
            );

    private async Task<bool> IsRunningAsync()
    {
        var state = (await RunAsync("systemctl", "is-system-running")).Output.Trim();
        return state switch
        {
            "running" => true,
            "degraded" => throw new InvalidOperationException(
                $"On {Name} some units have failed:\n{await OutputOfAsync("systemctl", "--failed", "--no-pager")}"
            ),
            _ => false,
        };
    }
}
