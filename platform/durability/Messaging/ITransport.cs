using MassTransit;

namespace Canary.Durability.Messaging;

/// <summary>The transport that the host has chosen for all of its services.</summary>
internal interface ITransport
{
    /// <summary>Whether messages that are on their way survive the end of the process.</summary>
    bool IsDurable { get; }

    /// <summary>Makes the bus use the transport.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="configureEndpoint">Completes an endpoint, given its queue.</param>
    void Use(
        IBusRegistrationConfigurator bus,
        Action<IRegistrationContext, string, IReceiveEndpointConfigurator> configureEndpoint
    );

    /// <summary>Where to send what goes to a queue.</summary>
    Uri AddressOf(string queue);

    /// <summary>Sees to it that a command is refused rather than lost while its queue does not exist yet.</summary>
    void DemandQueue(SendContext context);

    /// <summary>Tells the world outside of an event, if the transport reaches it, and awaits that it is told.</summary>
    Task AnnounceAsync(IBus bus, Announcement announcement, CancellationToken cancellation);

    /// <summary>Whether an error in handing a message over says that the transport is away, and nothing about the
    /// message.</summary>
    bool IsUnavailable(Exception exception);
}
