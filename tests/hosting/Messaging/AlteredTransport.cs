using Canary.Durability.Messaging;
using MassTransit;

namespace Canary.Hosting.Tests.Messaging;

/// <summary>The in-memory transport, for tests that want one thing of it otherwise.</summary>
internal abstract class AlteredTransport : ITransport
{
    private readonly InMemoryTransport _inner = new();

    public bool IsDurable => _inner.IsDurable;

    public void Use(
        IBusRegistrationConfigurator bus,
        Action<IRegistrationContext, string, IReceiveEndpointConfigurator> configureEndpoint
    ) => _inner.Use(bus, configureEndpoint);

    public virtual Uri AddressOf(string queue) => _inner.AddressOf(queue);

    public void DemandQueue(SendContext context) => _inner.DemandQueue(context);

    public virtual Task AnnounceAsync(IBus bus, Announcement announcement, CancellationToken cancellation) =>
        _inner.AnnounceAsync(bus, announcement, cancellation);

    public virtual bool IsUnavailable(Exception exception) => _inner.IsUnavailable(exception);
}
