using System.Globalization;
using Canary.Deployer.Traffic.HaProxy;
using Canary.Testing;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>A real HAProxy in front of the servers of a fleet.</summary>
internal sealed class LoadBalancer : IAsyncDisposable
{
    private LoadBalancer(HaProxyProcess process, int port, int runtimePort)
    {
        Process = process;
        Address = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/");
        Runtime = $"tcp://127.0.0.1:{runtimePort.ToString(CultureInfo.InvariantCulture)}";
    }

    public HaProxyProcess Process { get; }

    /// <summary>Where it takes requests.</summary>
    public Uri Address { get; }

    /// <summary>Where it is told what to do.</summary>
    public string Runtime { get; }

    /// <param name="servers">The servers, by name of their host.</param>
    /// <param name="retries">Whether requests that found no server are tried on another one. Without, whoever is not drained is
    /// missed.</param>
    /// <param name="rise">How often a server must have answered before it gets requests again.</param>
    /// <param name="level">What its runtime API allows.</param>
    /// <param name="balance">How it chooses.</param>
    public static async Task<LoadBalancer> StartAsync(
        IReadOnlyDictionary<string, ShopServer> servers,
        bool retries = false,
        int rise = 1,
        string level = "admin",
        string balance = "roundrobin"
    )
    {
        var (port, runtimePort) = (FreePort.Next(), FreePort.Next());
        var all = servers.Select(server => $"  server {server.Key} 127.0.0.1:{server.Value.Port}");
        var process = await HaProxyProcess.StartAsync(
            $"""
            global
              stats socket ipv4@127.0.0.1:{runtimePort} level {level} expose-fd listeners
            defaults
              mode http
              timeout connect 2s
              timeout client 30s
              timeout server 30s
            {(retries ? "  retries 5\n  option redispatch 1\n  retry-on conn-failure empty-response" : "  retries 0")}
              default-server check inter 100ms fall 2 rise {rise} weight 100
            frontend all
              bind 127.0.0.1:{port}
              default_backend shop
            backend shop
              balance {balance}
            {string.Join('\n', all)}
            backend shop_canary
            {string.Join('\n', all.Where(line => line.Contains("canary", StringComparison.Ordinal)))}

            """,
            runtimePort
        );
        return new LoadBalancer(process, port, runtimePort);
    }

    public async Task<ServerState> StateAsync(string server, string backend = "shop") =>
        (await StatesAsync()).Single(it => it.Backend == backend && it.Name == server);

    public async Task<IReadOnlyList<ServerState>> StatesAsync() =>
        ServerState.Parse("test", await Process.AskAsync("show servers state"));

    public Task TellAsync(string server, string what) => Process.AskAsync($"set server shop/{server} {what}");

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
