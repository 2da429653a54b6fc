using System.Globalization;

namespace Canary.Fleet.Tests.World;

/// <summary>A real HAProxy with the configuration of docs/haproxy.md before the whole fleet.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly HaProxyProcess _process;
    private readonly Lock _gate = new();
    private readonly List<Outage> _outages = [];

    private Balancer(string name, HaProxyProcess process, int port, int runtimePort)
    {
        Name = name;
        _process = process;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        Runtime = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{runtimePort}");
    }

    public string Name { get; }

    /// <summary>Where it takes requests.</summary>
    public Uri Address { get; }

    /// <summary>Where it is told what to do.</summary>
    public string Runtime { get; }

    public static async Task<Balancer> StartAsync(
        string name,
        IReadOnlyDictionary<string, string> hosts,
        IReadOnlyCollection<string> canaries
    )
    {
        var (port, runtimePort) = (FreePort.Next(), FreePort.Next());
        var configuration = HaProxyReference.For(hosts, canaries, port, runtimePort);
        return new Balancer(name, await HaProxyProcess.StartAsync(configuration, runtimePort), port, runtimePort);
    }

    public async Task KillAsync()
    {
        lock (_gate)
        {
            _outages.Add(new Outage { Begin = TimeProvider.System.GetTimestamp() });
        }

        await _process.KillAsync();
    }

    public async Task StartAgainAsync()
    {
        await _process.StartAsync();
        lock (_gate)
        {
            _outages[^1].End = TimeProvider.System.GetTimestamp();
        }
    }

    public Task ReloadAsync() => _process.ReloadAsync();

    /// <summary>Whether it was dead at any time since then.</summary>
    public bool WasDeadSince(long timestamp)
    {
        lock (_gate)
        {
            return _outages.Exists(outage => outage.End is not { } end || end >= timestamp);
        }
    }

    /// <summary>How often it had to try a request again since it was started, at the same server or another one.</summary>
    public async Task<int> RetriesAsync() =>
        (await ServersAsync()).Sum(row =>
            int.Parse(row["wretr"], CultureInfo.InvariantCulture)
            + int.Parse(row["wredis"], CultureInfo.InvariantCulture)
        );

    /// <summary>Servers that do not get all of their requests, in words.</summary>
    public async Task<IReadOnlyList<string>> HeldBackAsync() =>
        [
            .. (await ServersAsync())
                .Where(row => row["status"] != "UP" || row["weight"] != "100")
                .Select(row =>
                    $"{Name}: {row["pxname"]}/{row["svname"]} is {row["status"]} with the weight {row["weight"]}"
                ),
        ];

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<IReadOnlyList<Dictionary<string, string>>> ServersAsync()
    {
        var lines = (await _process.AskAsync("show stat")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var columns = lines[0].TrimStart('#', ' ').Split(',');
        return
        [
            .. lines
                .Skip(1)
                .Select(line => columns.Zip(line.Split(',')).ToDictionary(it => it.First, it => it.Second))
                .Where(row => row["svname"] is not ("FRONTEND" or "BACKEND")),
        ];
    }

    private sealed class Outage
    {
        public required long Begin { get; init; }

        public long? End { get; set; }
    }
}
