using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Canary.Testing;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>A real nginx, Caddy or HAProxy before a server, configured as <c>docs/install.md</c> has it.</summary>
internal sealed class ReverseProxy : IDisposable
{
    /// <summary>The name that the page gives the server.</summary>
    private const string Name = "canary.example.org";

    /// <summary>Where clients come from: not the address that the proxy has.</summary>
    public const string ClientAddress = "127.0.0.2";

    private readonly TempDirectory _directory = new("canary-proxy-");
    private readonly CertificateAuthority _authority = new();
    private readonly int _port = FreePort.Next();
    private ServerProcess? _process;

    public string Log => _process?.Log ?? "";

    /// <summary>Starts one.</summary>
    /// <param name="kind">The language of its block in the page: <c>nginx</c>, <c>caddyfile</c> or <c>haproxy</c>.</param>
    /// <param name="server">The server behind it.</param>
    public static async Task<ReverseProxy> StartAsync(string kind, Uri server)
    {
        var proxy = new ReverseProxy();
        try
        {
            proxy._process = await proxy.StartAsync(kind, server.Authority);
            using var client = proxy.Connect();
            await proxy._process.AnswersAsync(async () => await client.GetStringAsync("/health/live"));
            return proxy;
        }
        catch
        {
            proxy.Dispose();
            throw;
        }
    }

    /// <summary>A client that asks for the server by its name.</summary>
    public HttpClient Connect()
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        trust.CustomTrustStore.ImportFromPemFile(_authority.File);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust },
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(ClientAddress), 0));
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { BaseAddress = new Uri($"https://{Name}/") };
    }

    public void Dispose()
    {
        _process?.Dispose();
        _authority.Dispose();
        _directory.Dispose();
    }

    private async Task<ServerProcess> StartAsync(string kind, string server)
    {
        var certificate = _authority.Issue(Name);
        var both = _directory.WriteFile(
            "canary.pem",
            await File.ReadAllTextAsync(certificate.File) + await File.ReadAllTextAsync(certificate.KeyFile)
        );
        var configuration = BlockOfThePage(kind)
            .Replace("127.0.0.1:8480", server, StringComparison.Ordinal)
            .Replace("/etc/ssl/canary/fullchain.pem", certificate.File, StringComparison.Ordinal)
            .Replace("/etc/ssl/canary/privkey.pem", certificate.KeyFile, StringComparison.Ordinal)
            .Replace("/etc/ssl/canary/canary.pem", both, StringComparison.Ordinal)
            .Replace("listen 443", $"listen {Listen}", StringComparison.Ordinal)
            .Replace("bind :443", $"bind {Listen}", StringComparison.Ordinal);
        return kind switch
        {
            "nginx" => await NginxServer.StartAsync(_directory, configuration),
            "caddyfile" => await StartCaddyAsync(configuration),
            _ => await StartHaProxyAsync(configuration),
        };
    }

    private string Listen => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    private async Task<ServerProcess> StartCaddyAsync(string site)
    {
        await InstalledPackages.RequireAsync("caddy");
        var file = _directory.WriteFile(
            "Caddyfile",
            $$"""
            {
            	admin off
            	auto_https disable_redirects
            	default_bind 127.0.0.1
            	https_port {{_port.ToString(CultureInfo.InvariantCulture)}}
            	storage file_system {{_directory.Combine("storage")}}
            }
            {{site}}
            """
        );
        return ServerProcess.Start(
            "/usr/bin/caddy",
            ["run", "--adapter", "caddyfile", "--config", file],
            new Dictionary<string, string> { ["HOME"] = _directory.Path }
        );
    }

    private async Task<ServerProcess> StartHaProxyAsync(string configuration)
    {
        await InstalledPackages.RequireAsync("haproxy");
        return ServerProcess.Start(
            "/usr/sbin/haproxy",
            ["-db", "-f", _directory.WriteFile("haproxy.cfg", configuration)]
        );
    }

    private static string BlockOfThePage(string language) =>
        File.ReadAllText(SourceTree.PathOf("docs", "install.md")).Split($"```{language}\n")[1].Split("```")[0];
}
