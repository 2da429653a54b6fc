using MassTransit;

namespace Canary.Durability.Messaging;

/// <summary>Messages that never leave the process.</summary>
internal sealed class InMemoryTransport : ITransport
{
    public bool IsDurable => false;

    public void Use(
        IBusRegistrationConfigurator bus,
        Action<IRegistrationContext, string, IReceiveEndpointConfigurator> configureEndpoint
    )
    {
        bus.AddConfigureEndpointsCallback((context, queue, endpoint) => configureEndpoint(context, queue, endpoint));
        bus.UsingInMemory((context, transport) => transport.ConfigureEndpoints(context));
    }

    public Uri AddressOf(string queue) => new($"queue:{queue}");

    public void DemandQueue(SendContext context) { }

    public Task AnnounceAsync(IBus bus, Announcement announcement, CancellationToken cancellation) =>
        Task.CompletedTask;

    public bool IsUnavailable(Exception exception) => exception is OperationCanceledException;
}
