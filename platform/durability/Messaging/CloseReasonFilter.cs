using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Canary.Durability.Messaging;

/// <summary>Why the broker closed a channel. Whoever works with the channel at that moment may be told no more than that it is
/// disposed: it is given back as soon as it closes, often before what it was asked has failed.</summary>
internal sealed class CloseReasonFilter : IFilter<ChannelContext>
{
    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        try
        {
            await next.Send(context);
        }
        catch (Exception) when (context.Channel.CloseReason is { Initiator: ShutdownInitiator.Peer } reason)
        {
            throw new OperationInterruptedException(reason);
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope(nameof(CloseReasonFilter));
}
