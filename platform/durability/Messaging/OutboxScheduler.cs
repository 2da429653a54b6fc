using Canary.Durability.Storage;
using MassTransit;
using MassTransit.Scheduling;
using Microsoft.EntityFrameworkCore;

namespace Canary.Durability.Messaging;

/// <summary>Schedules by outbox rows with a time before which they stay; a cancelled one is deleted in the same commit.</summary>
internal sealed class OutboxScheduler<TStore>(TStore store) : IScheduleMessageProvider
    where TStore : ServiceDbContext
{
    public Task<ScheduledMessage<T>> ScheduleSend<T>(
        Uri destinationAddress,
        DateTime scheduledTime,
        T message,
        IPipe<SendContext<T>> pipe,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var token = ScheduleTokenIdCache<T>.GetTokenId(message);
        var notBefore = new DateTimeOffset(DateTime.SpecifyKind(scheduledTime, DateTimeKind.Utc));
        store.Outbox.Add(OutboxMessage.For(message, QueueOf(destinationAddress), notBefore, token));
        return Task.FromResult<ScheduledMessage<T>>(
            new ScheduledMessageHandle<T>(token, scheduledTime, destinationAddress, message)
        );
    }

    public async Task CancelScheduledSend(Guid tokenId, CancellationToken cancellationToken)
    {
        // One that was scheduled in this very unit of work is only known to the change tracker.
        var added = store.Outbox.Local.Where(row => row.Token == tokenId).ToList();
        store.Outbox.RemoveRange(added);
        if (added.Count == 0)
        {
            var stored = await store.Outbox.Where(row => row.Token == tokenId).ToListAsync(cancellationToken);
            store.Outbox.RemoveRange(stored);
        }
    }

    public Task CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) =>
        CancelScheduledSend(tokenId, cancellationToken);

    /// <summary>Name of the queue that an address of any transport, or of none, stands for.</summary>
    public static string QueueOf(Uri address) =>
        address.Scheme == "queue" ? address.AbsolutePath : address.Segments[^1].Trim('/');
}
