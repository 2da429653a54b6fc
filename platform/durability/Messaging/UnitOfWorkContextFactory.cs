using Canary.Durability.Storage;
using MassTransit;
using MassTransit.Middleware;
using Microsoft.EntityFrameworkCore;

namespace Canary.Durability.Messaging;

/// <summary>
/// Handles a message without holding a transaction, and commits state, inbox and outbox in one at the end. A consumer may
/// take its time without blocking the database; a crash before the commit repeats the message.
/// </summary>
internal sealed class UnitOfWorkContextFactory<TStore>(
    TStore store,
    StoreReadiness<TStore> readiness,
    TimeProvider time,
    StoreClock clock,
    IServiceProvider services
) : IOutboxContextFactory<TStore>
    where TStore : ServiceDbContext
{
    public async Task Send<T>(
        ConsumeContext<T> context,
        OutboxConsumeOptions options,
        IPipe<OutboxConsumeContext<T>> next
    )
        where T : class
    {
        var messageId =
            context.GetOriginalMessageId()
            ?? throw new MessageException(typeof(T), "The message has no id, so its repeats could not be told apart.");
        await readiness.WhenReadyAsync(context.CancellationToken);
        var consumed = await store.Inbox.AnyAsync(
            row => row.MessageId == messageId && row.ConsumerId == options.ConsumerId,
            context.CancellationToken
        );
        var unitOfWork = new UnitOfWorkContext<TStore, T>(
            context,
            options,
            services,
            store,
            time,
            clock,
            messageId,
            consumed
        );
        await next.Send(unitOfWork);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("unitOfWork");
}
