using System.Net.Security;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using Canary.Contracts;
using Canary.Hosting.Security;
using MassTransit;
using RabbitMQ.Client;

namespace Canary.Hosting.Messaging;

/// <summary>
/// Quorum queues of a RabbitMQ broker, written to with publisher confirms. A queue is named for its service and purpose
/// (<c>packager-build-package</c>), an event's exchange for the event (<c>package-built</c>). What could not be handled ends in
/// the queue's <c>_error</c> queue.
/// </summary>
internal sealed class RabbitMqTransport(TransportOptions options) : ITransport
{
    private const int PlainPort = 5672;
    private const int TlsPort = 5671;

    private const SslPolicyErrors Unchecked =
        SslPolicyErrors.RemoteCertificateChainErrors
        | SslPolicyErrors.RemoteCertificateNameMismatch
        | SslPolicyErrors.RemoteCertificateNotAvailable;

    public bool Forgets => false;

    public void Use(
        IBusRegistrationConfigurator bus,
        Action<IRegistrationContext, string, IReceiveEndpointConfigurator> configureEndpoint
    )
    {
        bus.AddConfigureEndpointsCallback(
            (context, queue, endpoint) =>
            {
                Configure(queue, (IRabbitMqReceiveEndpointConfigurator)endpoint);
                configureEndpoint(context, queue, endpoint);
                if (endpoint.ConcurrentMessageLimit > endpoint.PrefetchCount)
                {
                    endpoint.PrefetchCount = endpoint.ConcurrentMessageLimit.Value;
                }
            }
        );
        bus.UsingRabbitMq(
            (context, transport) =>
            {
                transport.MessageTopology.SetEntityNameFormatter(new EventNames());
                Connect(transport);
                transport.ConfigureEndpoints(context);
            }
        );
    }

    // An address with a queue in it would declare the queue, which is for its consumer to do: it knows the kind.
    public Uri AddressOf(string queue) => new($"exchange:{queue}");

    public void DemandQueue(SendContext context)
    {
        if (context is RabbitMqSendContext rabbit)
        {
            rabbit.Mandatory = true;
        }
    }

    public bool IsAway(Exception exception) =>
        exception
            is ConnectionException
                or OperationCanceledException
                or RabbitMQ.Client.Exceptions.RabbitMQClientException
                or IOException
                or ObjectDisposedException;

    /// <summary>The broker's nodes, each as <c>host:port</c>.</summary>
    public static List<string> Nodes(TransportOptions options)
    {
        var port = options.Port ?? (options.Tls == TlsModes.Off ? PlainPort : TlsPort);
        return
        [
            .. (options.Hosts.Count > 0 ? options.Hosts : ["localhost"]).Select(host =>
                host.Contains(':', StringComparison.Ordinal) ? host : $"{host}:{port}"
            ),
        ];
    }

    /// <summary>Makes connections beside those of the bus.</summary>
    public static ConnectionFactory ConnectionFactory(TransportOptions options)
    {
        var factory = new ConnectionFactory
        {
            VirtualHost = options.VirtualHost,
            UserName = options.User,
            Password = SecretFiles.FirstLineOf(options.PasswordFile) ?? "",
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(10),
        };
        if (options.Tls != TlsModes.Off)
        {
            factory.Ssl = new SslOption(Nodes(options)[0].Split(':')[0], enabled: true)
            {
                AcceptablePolicyErrors = options.Tls == TlsModes.Require ? Unchecked : SslPolicyErrors.None,
                CertificateValidationCallback = Validation(options),
            };
        }

        return factory;
    }

    private void Configure(string queue, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        endpoint.SetQuorumQueue();
        endpoint.PrefetchCount = options.Prefetch;
        endpoint.ConcurrentMessageLimit = options.Concurrency;
        endpoint.PublishFaults = false;
        // Commands are sent to their queue: an exchange for each kind of them would only be in the way of people.
        foreach (var command in CommandsOf(queue))
        {
            endpoint.ConfigureMessageTopology(command, enabled: false);
        }
    }

    private static IEnumerable<Type> CommandsOf(string queue) =>
        AppDomain
            .CurrentDomain.GetAssemblies()
            .Where(assembly =>
                assembly == typeof(QueueAttribute).Assembly
                || assembly
                    .GetReferencedAssemblies()
                    .Any(name => name.Name == typeof(QueueAttribute).Assembly.GetName().Name)
            )
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.GetCustomAttribute<QueueAttribute>()?.Name == queue);

    private void Connect(IRabbitMqBusFactoryConfigurator transport)
    {
        var nodes = Nodes(options);
        var first = nodes[0].Split(':');
        transport.Host(
            first[0],
            ushort.Parse(first[1], System.Globalization.CultureInfo.InvariantCulture),
            options.VirtualHost,
            Assembly.GetEntryAssembly()?.GetName().Name ?? "canary",
            host =>
            {
                host.Username(options.User);
                host.Password(SecretFiles.FirstLineOf(options.PasswordFile) ?? "");
                host.PublisherConfirmation = true;
                host.Heartbeat(TimeSpan.FromSeconds(15));
                host.RequestedConnectionTimeout(TimeSpan.FromSeconds(10));
                if (nodes.Count > 1)
                {
                    host.UseCluster(cluster => nodes.ForEach(cluster.Node));
                }

                if (options.Tls != TlsModes.Off)
                {
                    host.UseSsl(tls => Encrypt(tls, first[0]));
                }
            }
        );
    }

    private void Encrypt(IRabbitMqSslConfigurator tls, string server)
    {
        tls.ServerName = server;
        tls.Protocol = System.Security.Authentication.SslProtocols.None;
        if (options.Tls == TlsModes.Require)
        {
            tls.AllowPolicyErrors(Unchecked);
        }
        else if (Validation(options) is { } validation)
        {
            tls.CertificateValidationCallback = validation;
        }
    }

    private static RemoteCertificateValidationCallback? Validation(TransportOptions options)
    {
        if (options.Tls != TlsModes.Verify || options.RootCertificate is not { } path)
        {
            return null;
        }

        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(path);
        return (_, certificate, _, errors) => IsTrusted(certificate, errors, roots);
    }

    private static bool IsTrusted(
        X509Certificate? certificate,
        SslPolicyErrors errors,
        X509Certificate2Collection roots
    )
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var server = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(server);
    }

    /// <summary>An event's exchange has its name, in the way that names of queues are written.</summary>
    private sealed class EventNames : IEntityNameFormatter
    {
        public string FormatEntityName<T>() =>
            KebabCaseEndpointNameFormatter.Instance.SanitizeName(typeof(T).Name.Split('`')[0]);
    }
}
