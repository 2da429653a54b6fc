using System.IO.Compression;

namespace Canary.Cli.Demo;

/// <summary>A host of the demo, whose service answers on a port of this machine.</summary>
internal sealed record DemoHost(string Name, bool IsCanary, int Port)
{
    public string Channel => IsCanary ? "canary" : "production";
}

/// <summary>What a look at a host shows: what dpkg has installed, and what answers on the port.</summary>
internal sealed record Sight(DemoHost Host, string? Package, string? Answer);

/// <summary>One canary and three production hosts, looked at from outside: by HTTP and by their dpkg databases.</summary>
internal abstract class DemoFleet(IReadOnlyList<DemoHost> hosts) : IDisposable
{
    public const string Application = "shop";

    /// <summary>What <see cref="Application"/>'s version and state look like when it is installed and configured.</summary>
    protected const string StatusFormat = "${db:Status-Abbrev}${Version}";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _http = new() { Timeout = AnswerLimit };

    public IReadOnlyList<DemoHost> Hosts { get; } = hosts;

    public IEnumerable<DemoHost> Production => Hosts.Where(host => !host.IsCanary);

    public async Task<IReadOnlyList<Sight>> LookAsync(TimeProvider time, CancellationToken cancellation)
    {
        var sights = new List<Sight>();
        foreach (var host in Hosts)
        {
            sights.Add(await LookAsync(host, time, cancellation));
        }
        return sights;
    }

    /// <summary>The version that answers, or <c>null</c>.</summary>
    public async Task<string?> AnswerOfAsync(DemoHost host, CancellationToken cancellation) =>
        await TryAnswerAsync(host, cancellation)
        ?? (
            await LocateAsync(host, cancellation) is var moved && moved != host
                ? await TryAnswerAsync(moved, cancellation)
                : null
        );

    /// <summary>Whether a host was down at some moment since then, for reasons that are not the application's.</summary>
    public virtual Task<bool> WasDownAsync(DemoHost host, DateTimeOffset since, CancellationToken cancellation) =>
        Task.FromResult(false);

    private async Task<Sight> LookAsync(DemoHost known, TimeProvider time, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var host = await LocateAsync(known, cancellation);
            var status = await PackageStatusAsync(host, cancellation);
            var package = status?.StartsWith("ii ", StringComparison.Ordinal) == true ? status[3..].Trim() : null;
            var answer = await AnswerOfAsync(host, cancellation);
            if ((package is not null && answer is not null) || time.GetElapsedTime(started) >= Patience)
            {
                return new(host, package, answer);
            }
            await Task.Delay(Pause, time, cancellation);
        }
    }

    private async Task<string?> TryAnswerAsync(DemoHost host, CancellationToken cancellation)
    {
        try
        {
            var answer = await _http.GetStringAsync(new Uri($"http://127.0.0.1:{host.Port}/version"), cancellation);
            return answer.Trim();
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The production hosts whose dpkg ever did anything with a version.</summary>
    public async Task<IReadOnlyList<string>> TouchedByAsync(string? version, CancellationToken cancellation)
    {
        var touched = new List<string>();
        foreach (var host in Production)
        {
            var log = await PackageLogAsync(host, cancellation);
            if (version is null || log is null || log.Contains(version, StringComparison.Ordinal))
            {
                touched.Add(host.Name);
            }
        }
        return touched;
    }

    /// <summary>The versions of the application that a suite lists.</summary>
    /// <param name="repository">Address of the package repository, with a slash at its end.</param>
    /// <param name="suite">Its name.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<IReadOnlyList<string>> VersionsInAsync(
        Uri repository,
        string suite,
        CancellationToken cancellation
    )
    {
        var index = new Uri(repository, $"dists/{suite}/main/binary-all/Packages.gz");
        await using var compressed = await _http.GetStreamAsync(index, cancellation);
        await using var packages = new GZipStream(compressed, CompressionMode.Decompress);
        using var reader = new StreamReader(packages);
        const string field = "Version: ";
        var text = await reader.ReadToEndAsync(cancellation);
        return
        [
            .. text.Split('\n')
                .Where(line => line.StartsWith(field, StringComparison.Ordinal))
                .Select(line => line[field.Length..]),
        ];
    }

    public void Dispose() => _http.Dispose();

    /// <summary>How long a host that does not answer may take to come back.</summary>
    protected virtual TimeSpan Patience => TimeSpan.Zero;

    /// <summary>The host as it is reached now.</summary>
    protected virtual Task<DemoHost> LocateAsync(DemoHost host, CancellationToken cancellation) =>
        Task.FromResult(host);

    /// <summary>dpkg's answer to <see cref="StatusFormat"/>; <c>null</c> if it does not know the application.</summary>
    protected abstract Task<string?> PackageStatusAsync(DemoHost host, CancellationToken cancellation);

    /// <summary>All that dpkg wrote into its log; <c>null</c> if there is none.</summary>
    protected abstract Task<string?> PackageLogAsync(DemoHost host, CancellationToken cancellation);
}
