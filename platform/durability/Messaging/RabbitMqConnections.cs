using System.Net.Security;
using System.Reflection;
using System.Security.Authentication;
using Canary.Durability.Connections;
using RabbitMQ.Client;

namespace Canary.Durability.Messaging;

/// <summary>How the nodes of a broker are reached.</summary>
internal static class RabbitMqConnections
{
    private const int PlainPort = 5672;
    private const int TlsPort = 5671;

    /// <summary>What this program is called in the broker's lists.</summary>
    public static string Program { get; } = Assembly.GetEntryAssembly()?.GetName().Name ?? "canary";

    /// <summary>The broker's nodes.</summary>
    public static IReadOnlyList<AmqpTcpEndpoint> Nodes(TransportOptions options)
    {
        var port = options.Port ?? (options.Tls == TlsModes.Off ? PlainPort : TlsPort);
        return
        [
            .. (options.Hosts.Count > 0 ? options.Hosts : ["localhost"])
                .Select(host =>
                    AmqpTcpEndpoint.Parse(host.Contains(':', StringComparison.Ordinal) ? host : $"{host}:{port}")
                )
                .Select(node => new AmqpTcpEndpoint(node.HostName, node.Port, Encryption(options, node.HostName))),
        ];
    }

    /// <summary>Where a node is, for people.</summary>
    public static string PlaceOf(AmqpTcpEndpoint node) => $"{node.HostName}:{node.Port}";

    /// <summary>The user's password, as it is now.</summary>
    public static string Password(TransportOptions options) => SecretFiles.FirstLineOf(options.PasswordFile) ?? "";

    /// <summary>Makes connections beside those of the bus.</summary>
    public static ConnectionFactory Factory(TransportOptions options) =>
        new()
        {
            VirtualHost = options.VirtualHost,
            UserName = options.User,
            Password = Password(options),
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(10),
        };

    private static SslOption Encryption(TransportOptions options, string server)
    {
        var tls = new SslOption(server, enabled: options.Tls != TlsModes.Off) { Version = SslProtocols.None };
        if (options.Tls == TlsModes.Verify)
        {
            tls.CertificateValidationCallback = ServerCertificates.Explaining(
                ServerCertificates.IssuedBy(options.RootCertificate),
                server
            );
        }
        else
        {
            tls.AcceptablePolicyErrors =
                SslPolicyErrors.RemoteCertificateChainErrors
                | SslPolicyErrors.RemoteCertificateNameMismatch
                | SslPolicyErrors.RemoteCertificateNotAvailable;
        }

        return tls;
    }
}
