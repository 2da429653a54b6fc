using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>The published all-in-one host, in a data directory of its own.</summary>
internal sealed class CanaryServer : IAsyncDisposable
{
    private static readonly string Program = SourceTree.PathOf("artifacts", "dist", "canary-server");

    private readonly Process _process;

    private readonly string _data;

    private CanaryServer(string data, Process process, HttpClient http, TimeSpan startUp)
    {
        _data = data;
        _process = process;
        Http = http;
        StartUp = startUp;
    }

    public HttpClient Http { get; }

    /// <summary>From the start of the process to the first good answer of the readiness check.</summary>
    public TimeSpan StartUp { get; }

    /// <summary>The operator token that it made.</summary>
    public string Token => File.ReadAllText(Path.Combine(_data, "secrets", "api-token")).Trim();

    /// <summary>Memory that is resident now, in MB: all of it, with the pages of programs and libraries that are mapped from
    /// files and shared with every other process that maps them.</summary>
    public double ResidentMegabytes => Megabytes("VmRSS");

    /// <summary>Memory that is resident now and nobody else's, in MB.</summary>
    public double PrivateMegabytes => Megabytes("RssAnon") + Megabytes("RssShmem");

    /// <param name="data">Its data directory; may be that of an earlier one.</param>
    /// <param name="configuration">Text of its configuration file.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public static async Task<CanaryServer> StartAsync(
        string data,
        string configuration,
        CancellationToken cancellationToken
    )
    {
        var file = Path.Combine(data, "canary.yaml");
        Directory.CreateDirectory(data);
        await File.WriteAllTextAsync(file, configuration, cancellationToken);
        // Asks again and again without a pause, which would be part of the figure; a known port saves waiting for a file.
        var port = FreePort.Next();
        string[] arguments = ["--data", data, "--config", file, "--listen", $"http://127.0.0.1:{port}"];
        var start = new ProcessStartInfo(
            "/bin/sh",
            ["-c", "exec \"$@\" >\"$0\" 2>&1", Path.Combine(data, "server.log"), Program, .. arguments]
        );
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        var clock = Stopwatch.StartNew();
        var process = System.Diagnostics.Process.Start(start)!;
        while (!await IsReadyAsync(http, cancellationToken))
        {
            if (process.HasExited || clock.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new InvalidOperationException(
                    $"canary-server did not start:\n{await File.ReadAllTextAsync(Path.Combine(data, "server.log"), cancellationToken)}"
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken);
        }

        return new CanaryServer(data, process, http, clock.Elapsed);
    }

    /// <summary>Waits until its memory has not changed by more than 1 % for three seconds, at most for 30.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var (last, quiet) = (ResidentMegabytes, 0);
        for (var second = 0; second < 30 && quiet < 3; second++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            var now = ResidentMegabytes;
            quiet = Math.Abs(now - last) <= last / 100 ? quiet + 1 : 0;
            last = now;
        }
    }

    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) =>
        JsonNode.Parse(await Http.GetStringAsync(new Uri(path, UriKind.Relative), cancellationToken))
        ?? throw new JsonException($"{path} is empty.");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await ProcessRunner.RunAsync("kill", ["-TERM", $"{_process.Id}"]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private double Megabytes(string field)
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status")
            .Single(l => l.StartsWith(field + ":", StringComparison.Ordinal));
        var kilobytes = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
        return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
