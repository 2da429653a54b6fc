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
internal sealed class CanaryServer : IAsyncDisposable
{
    private const string WebhookSecret = "a secret that only GitHub and this test know";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly TempDirectory _directory = new("canary-e2e-");
    private readonly StringBuilder _log = new();
    private readonly string[] _settings;
    private readonly List<SmallDisk> _disks = [];
    private Process? _process;

    private CanaryServer(string[] settings) => _settings = settings;

    public HttpClient Http { get; private set; } = null!;

    public string Data => _directory.Combine("data");

    public string Log
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

    /// <summary>Starts a server with one canary and two production hosts for every application.</summary>
    /// <param name="settings">Further settings, as for <c>--set</c>.</param>
    public static Task<CanaryServer> StartAsync(params string[] settings) => StartOnAsync([], settings);

    /// <summary>The same, with a small file system mounted on each of some directories below the data directory (the
    /// empty path: the data directory itself). Needs root.</summary>
    public static async Task<CanaryServer> StartOnAsync(
        (string Directory, int Megabytes)[] disks,
        params string[] settings
    )
    {
        var server = new CanaryServer(settings);
        foreach (var (directory, megabytes) in disks)
        {
            server._disks.Add(await SmallDisk.MountAsync(Path.Combine(server.Data, directory), megabytes));
        }

        server._directory.WriteFile("webhook-secret", WebhookSecret);
        server._directory.WriteFile(
            "hosts.yml",
            """
            hosts:
              - { name: canary-1, address: 127.0.0.1, channel: canary, applications: ['*'], transport: local }
              - { name: production-1, address: 127.0.0.1, channel: production, applications: ['*'], transport: local }
              - { name: production-2, address: 127.0.0.1, channel: production, applications: ['*'], transport: local }
            """
        );
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
                path: {server._directory.Combine("hosts.yml")}
              promotion: automatic
            """
        );
        await server.StartAsync();
        return server;
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
        var token = await File.ReadAllTextAsync(Path.Combine(Data, "secrets", "api-token"));
        Http = new HttpClient { BaseAddress = new Uri(started.Address) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
    }

    /// <summary>Ends the process as a crash does: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
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
            if (TimeProvider.System.GetElapsedTime(deadline) > TimeSpan.FromSeconds(60))
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

    /// <summary>Delivers a push the way GitHub does: signed over the raw body.</summary>
    public async Task<HttpResponseMessage> PushAsync(
        GitRepository repository,
        string commit,
        string name = "shop",
        string? before = null,
        Guid? delivery = null
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(PushPayload.Of(repository, commit, name, before));
        return await DeliverAsync(body, delivery: delivery);
    }

    /// <summary>Delivers any bytes as a webhook, with the right signature unless another is given.</summary>
    /// <param name="body">The raw body.</param>
    /// <param name="signature">The header; <c>null</c>: the right one; empty: none.</param>
    /// <param name="event">The event's name; empty: none.</param>
    /// <param name="delivery">Id of the delivery; <c>null</c>: a new one.</param>
    public async Task<HttpResponseMessage> DeliverAsync(
        byte[] body,
        string? signature = null,
        string @event = "push",
        Guid? delivery = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/github")
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
        };
        signature ??= Sign(body);
        if (signature.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature);
        }

        if (@event.Length > 0)
        {
            request.Headers.Add("X-GitHub-Event", @event);
        }

        request.Headers.Add("X-GitHub-Delivery", (delivery ?? Guid.NewGuid()).ToString());
        return await Http.SendAsync(request);
    }

    /// <summary>GitHub's signature of a body.</summary>
    public static string Sign(byte[] body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(WebhookSecret), body));

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

    public async Task<IReadOnlyList<ReleaseView>> ReleasesAsync() =>
        (await Http.GetFromJsonAsync<ReleaseList>("/api/releases?limit=100", Json))!.Releases;

    public async Task<ReleaseView?> ReleaseAsync(string commit)
    {
        try
        {
            return (await ReleasesAsync()).SingleOrDefault(release => release.Commit == commit);
        }
        catch (HttpRequestException)
        {
            // The server is away: it is being killed or started.
            return null;
        }
    }

    /// <summary>Awaits that the release of a commit is in one of some states or phases.</summary>
    public async Task<ReleaseView> ReleaseInAsync(string commit, params string[] states)
    {
        ReleaseView? release = null;
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    release = await ReleaseAsync(commit);
                    return release is not null && (IsThere(release) || ReleaseStates.IsFinal(release.State));
                },
                TimeSpan.FromMinutes(4)
            );
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"The release of {commit} is not {string.Join(" or ", states)} but {JsonSerializer.Serialize(release, Json)}\n{Log}"
            );
        }

        return IsThere(release!)
            ? release!
            : throw new InvalidOperationException(
                $"The release of {commit} ended as {JsonSerializer.Serialize(release, Json)}\n{Log}"
            );

        bool IsThere(ReleaseView it) => states.Contains(it.State) || states.Contains(it.Phase);
    }

    public async Task<HttpResponseMessage> DecideAsync(ReleaseView release, string decision) =>
        await Http.PostAsJsonAsync($"/api/releases/{release.Id}/{decision}", new { reason = "a test" });

    /// <summary>Version of a package that dpkg has installed on a host; <c>null</c>: none.</summary>
    public async Task<string?> InstalledAsync(string host, string package)
    {
        var result = await ProcessRunner.RunAsync(
            "dpkg-query",
            [$"--admindir={HostRoot(host)}/var/lib/dpkg", "-W", "-f=${db:Status-Status} ${Version}", package]
        );
        return result.ExitCode == 0 && result.Output.Split(' ') is ["installed", var version] ? version : null;
    }

    /// <summary>How often dpkg really installed a version on a host, from dpkg's own log.</summary>
    public int Installations(string host, string package, string version)
    {
        var log = Path.Combine(HostRoot(host), "var/log/dpkg.log");
        return File.Exists(log)
            ? File.ReadLines(log)
                .Count(line =>
                    line.Contains($" status installed {package}:", StringComparison.Ordinal)
                    && line.EndsWith(" " + version, StringComparison.Ordinal)
                )
            : 0;
    }

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

    public string HostRoot(string host) => Path.Combine(Data, "deployer", "hosts", host);

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
        yield return "http://127.0.0.1:0";
        foreach (var setting in _settings)
        {
            yield return "--set";
            yield return setting;
        }
    }

    private async Task SignalAsync(string signal) =>
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

    private sealed record ReleaseList(IReadOnlyList<ReleaseView> Releases);
}
