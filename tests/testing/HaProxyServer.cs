using System.Globalization;
using System.Net.Sockets;

namespace Canary.Testing;

/// <summary>A real HAProxy for tests that shares HTTP requests out among servers, and passes those by that are not ready.</summary>
public sealed class HaProxyServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-ha-");
    private readonly int _port = FreePort.Next();
    private ServerProcess? _process;

    private HaProxyServer() => Address = new Uri($"http://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}/");

    /// <summary>Where it takes requests.</summary>
    public Uri Address { get; }

    /// <summary>Starts it.</summary>
    /// <param name="servers">Addresses of the servers behind it; each answers <c>/health/ready</c>.</param>
    public static async Task<HaProxyServer> StartAsync(IReadOnlyList<Uri> servers)
    {
        await InstalledPackages.RequireAsync("haproxy");
        var proxy = new HaProxyServer();
        var configuration = proxy._directory.WriteFile(
            "haproxy.cfg",
            $"""
            defaults
              mode http
              timeout connect 2s
              timeout client 1m
              timeout server 1m
              retries 3
              option redispatch 1
              retry-on conn-failure empty-response
            frontend all
              bind {proxy.Address.Authority}
              default_backend servers
            backend servers
              balance roundrobin
              option httpchk GET /health/ready
              default-server check inter 500ms fall 2 rise 1
            {string.Concat(servers.Select((server, index) => $"  server server-{index + 1} {server.Authority}\n"))}
            """
        );
        proxy._process = ServerProcess.Start("/usr/sbin/haproxy", ["-db", "-f", configuration]);
        await proxy._process.AnswersAsync(async () =>
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(proxy.Address.Host, proxy._port);
        });
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.KillAsync();
            _process.Dispose();
        }

        _directory.Dispose();
    }
}
