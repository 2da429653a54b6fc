using System.Reflection;
using Canary.Contracts;
using Canary.Failures;
using MassTransit;
using RabbitMQ.Client;

namespace Canary.Durability.Messaging;

/// <summary>
/// Quorum queues of a RabbitMQ broker, written to with publisher confirms. A queue is named for its service and purpose
/// (<c>packager-build-package</c>), an event's exchange for the event (<c>package-built</c>). What could not be handled ends in
/// the queue's <c>_error</c> queue. The world outside is told of events on a topic exchange.
/// </summary>
internal sealed class RabbitMqTransport(TransportOptions options) : ITransport
{
    /// <summary>No message comes so often. RabbitMQ 4 would else drop one that comes back for the 20th time, though all that was
    /// wrong with it is that connections were lost; RabbitMQ 3 knows no word for "never" (docs/adr/0014).</summary>
    private const int DeliveryLimit = 1_000_000;

    public bool IsDurable => true;

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
                // What events have in common is no event: nobody subscribes to it.
                foreach (var mark in typeof(IEvent).Assembly.GetTypes().Where(type => type.IsInterface))
                {
                    transport.Publish(mark, message => message.Exclude = true);
                }

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

    // Not mandatory: that nobody listens is no fault. The address says what the exchange is, so that it is declared as such.
    public async Task AnnounceAsync(IBus bus, Announcement announcement, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(options.EventsExchange))
        {
            return;
        }

        var exchange = await bus.GetSendEndpoint(new Uri($"exchange:{options.EventsExchange}?type=topic"));
        await exchange.Send(
            announcement,
            context =>
            {
                context.MessageId = announcement.Id;
                context.Serializer = AnnouncementSerializer.Instance;
                context.SetRoutingKey(announcement.RoutingKey);
            },
            cancellation
        );
    }

    public bool IsUnavailable(Exception exception) =>
        exception
            is ConnectionException
                or OperationCanceledException
                or RabbitMQ.Client.Exceptions.RabbitMQClientException
                or IOException
                or ObjectDisposedException;

    private void Configure(string queue, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        endpoint.SetQuorumQueue();
        endpoint.SetQueueArgument("x-delivery-limit", DeliveryLimit);
        endpoint.PrefetchCount = options.Prefetch;
        endpoint.ConcurrentMessageLimit = options.Concurrency;
        endpoint.PublishFaults = false;
        endpoint.ConfigureChannel(channel =>
        {
            channel.UseFilter(new CloseReasonFilter());
            channel.UseFilter(new SerialChannelFilter());
        });
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
        var nodes = RabbitMqConnections.Nodes(options);
        transport.Host(
            nodes[0].HostName,
            (ushort)nodes[0].Port,
            options.VirtualHost,
            RabbitMqConnections.Program,
            host =>
            {
                host.Username(options.User);
                host.Password(RabbitMqConnections.Password(options));
                host.PublisherConfirmation = true;
                host.Heartbeat(TimeSpan.FromSeconds(15));
                host.RequestedConnectionTimeout(TimeSpan.FromSeconds(10));
                host.OnRefreshConnectionFactory = factory => PrepareAsync(factory, nodes);
            }
        );
    }

    /// <summary>Before each connection of the bus. What it offers itself for several nodes expects the name of the first in the
    /// certificates of all; and it gives up for good when a broker refuses a login, which one that has just come back, or whose
    /// password is being changed, may do for a while.</summary>
    private async Task PrepareAsync(ConnectionFactory factory, IReadOnlyList<AmqpTcpEndpoint> nodes)
    {
        factory.EndpointResolverFactory = _ => new DefaultEndpointResolver(nodes);
        factory.Password = RabbitMqConnections.Password(options);
        try
        {
            await using var trial = await factory.CreateConnectionAsync(nodes, RabbitMqConnections.Program);
        }
        catch (Exception exception)
        {
            var known = RabbitMqErrors.Of(
                options,
                string.Join(", ", nodes.Select(RabbitMqConnections.PlaceOf)),
                exception
            );
            throw new RabbitMqConnectionException(
                known.Message,
                new CanaryException(known.Code, known.Message, known.Remedy)
            );
        }
    }

    /// <summary>An event's exchange has its name, in the way that names of queues are written.</summary>
    private sealed class EventNames : IEntityNameFormatter
    {
        public string FormatEntityName<T>() =>
            KebabCaseEndpointNameFormatter.Instance.SanitizeName(typeof(T).Name.Split('`')[0]);
    }
}
