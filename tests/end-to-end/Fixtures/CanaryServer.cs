using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>
/// The real all-in-one server as a process of its own, on a private data directory, with hosts that are private apt/dpkg
/// roots. It can be killed and started again on the same data.
/// </summary>
internal sealed class CanaryServer : Installation, IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-e2e-");
    private readonly StringBuilder _log = new();
    private readonly ServerSetup _setup;
    private readonly List<SmallDisk> _disks = [];
    private Process? _process;

    private CanaryServer(ServerSetup setup) => _setup = setup;

    public string Data => _directory.Combine("data");

    public override string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public int ProcessId => _process!.Id;

    /// <summary>File systems of their own below the data directory.</summary>
    public IReadOnlyList<SmallDisk> Disks => _disks;

    /// <summary>The inventory, which is read again when it changes.</summary>
    public string Inventory => _directory.Combine("hosts.yml");

    /// <summary>Starts a server with one canary and two production hosts for every application.</summary>
    /// <param name="settings">Further settings, as for <c>--set</c>.</param>
    public static Task<CanaryServer> StartAsync(params string[] settings) =>
        StartAsync(new ServerSetup { Settings = settings });

    /// <summary>The same, with a small file system mounted on each of some directories below the data directory (the
    /// empty path: the data directory itself), which scripts of commits can fill. Needs root.</summary>
    public static Task<CanaryServer> StartOnAsync(
        (string Directory, int Megabytes)[] disks,
        params string[] settings
    ) =>
        StartAsync(
            new ServerSetup
            {
                Disks = disks,
                Settings = [.. settings, "ci-coordinator.builds.unsafe-scripts-on-this-machine=true"],
            }
        );

    /// <summary>Starts a server in whatever surroundings.</summary>
    public static async Task<CanaryServer> StartAsync(ServerSetup setup)
    {
        var server = new CanaryServer(setup);
        foreach (var (directory, megabytes) in setup.Disks)
        {
            server._disks.Add(await SmallDisk.MountAsync(Path.Combine(server.Data, directory), megabytes));
        }

        server._directory.WriteFile("webhook-secret", WebhookSecret);
        await File.WriteAllTextAsync(server.Inventory, setup.Hosts);
        server._directory.WriteFile(
            "server.yml",
            $"""
            ingress:
              webhook-secret-files: [{server._directory.Combine("webhook-secret")}]
              clone-schemes: [file]
              repositories:
                - name: acme/*
            deployer:
              soak: 00:00:00.2
              soak-check-interval: 00:00:00.1
              inventory:
                path: {server.Inventory}
              promotion: automatic
            """
        );
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.CreateDirectory("cwd"),
        };
        foreach (var argument in Arguments())
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        var serverFile = Path.Combine(Data, "server.json");
        var started = await Eventually.NotNullAsync(async () =>
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"canary-server ended with {_process.ExitCode}:\n{Log}");
            }

            var file = File.Exists(serverFile)
                ? JsonSerializer.Deserialize<ServerFile>(await File.ReadAllTextAsync(serverFile), Json)
                : null;
            return file?.Pid == _process.Id ? file : null;
        });
        Http = await ClientAsync(new Uri(started.Address), Path.Combine(Data, "secrets", "api-token"));
    }

    /// <summary>Ends the process as a crash does: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        Http.Dispose();
    }

    /// <summary>Waits until the process ends of something else.</summary>
    public async Task DiesAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
        Http.Dispose();
    }

    /// <summary>Stops the process with SIGSTOP again and again until a condition holds while nothing moves, and kills it then:
    /// so it is certain that it died in that very state.</summary>
    public async Task KillWhenAsync(Func<bool> condition)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await SignalAsync("STOP");
            if (condition())
            {
                await KillAsync();
                return;
            }

            await SignalAsync("CONT");
            if (TimeProvider.System.GetElapsedTime(deadline) > TimeSpan.FromMinutes(5))
            {
                throw new TimeoutException($"The server never was in that state.\n{Log}");
            }
        }
    }

    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    /// <summary>Runs the real <c>canary</c> program on this server.</summary>
    public async Task<ToolResult> CanaryAsync(params string[] arguments) =>
        await ProcessRunner.RunAsync(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "canary.dll"), .. arguments],
            _directory.Path,
            new Dictionary<string, string?>
            {
                ["CANARY_DATA"] = Data,
                ["CANARY_SERVER"] = null,
                ["CANARY_TOKEN"] = null,
            }
        );

    /// <summary>What a release that has ended must not leave: workspaces, processes, half-written files.</summary>
    public IReadOnlyList<string> LeftBehind() =>
        [
            .. Directory.GetFileSystemEntries(Path.Combine(Data, "workspaces", "checkouts")),
            .. Directory.GetFileSystemEntries(Path.Combine(Data, "workspaces", "trash")),
            .. Directory.GetFileSystemEntries(Path.Combine(Data, "repository-publisher", "incoming")),
            .. Directory.GetFiles(Path.Combine(Data, "repository-publisher"), "*.part", SearchOption.AllDirectories),
            .. Directory.GetDirectories("/proc").Where(process => IsOursInAWorkspace(process)),
        ];

    /// <summary>What is there beside the data directory and what this fixture wrote.</summary>
    public IReadOnlyList<string> Outside() =>
        [
            .. Directory
                .GetFileSystemEntries(_directory.Path)
                .Where(path =>
                    Path.GetFileName(path) is not ("data" or "cwd" or "webhook-secret" or "hosts.yml" or "server.yml")
                ),
            .. Directory.GetFileSystemEntries(_directory.Combine("cwd")),
        ];

    /// <summary>A path beside the data directory that nothing may ever make.</summary>
    public string Marker => _directory.Combine("owned");

    public override string HostRoot(string host) =>
        _setup.HostRoot?.Invoke(host) ?? Path.Combine(Data, "deployer", "hosts", host);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        foreach (var disk in _disks)
        {
            await disk.DisposeAsync();
        }

        _directory.Dispose();
    }

    private IEnumerable<string> Arguments()
    {
        yield return Path.Combine(AppContext.BaseDirectory, "canary-server.dll");
        yield return "--data";
        yield return Data;
        yield return "--config";
        yield return _directory.Combine("server.yml");
        yield return "--listen";
        yield return _setup.Listen;
        foreach (var setting in _setup.Settings)
        {
            yield return "--set";
            yield return setting;
        }
    }

    public bool HasExited => _process!.HasExited;

    public int ExitCode => _process!.ExitCode;

    public async Task SignalAsync(string signal) =>
        await ProcessRunner.RunAsync("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);

    private bool IsOursInAWorkspace(string process)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(process, "cwd"))
                    .ResolveLinkTarget(false)
                    ?.FullName.StartsWith(Path.Combine(Data, "workspaces"), StringComparison.Ordinal) == true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or is somebody else's.
            return false;
        }
    }

    private void Append(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(CultureInfo.InvariantCulture, $"{line}");
        }
    }

    private sealed record ServerFile(string Address, int Pid);
}
