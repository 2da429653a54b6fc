using Canary.Durability.Storage;
using MassTransit;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Scheduling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Durability.Messaging;

/// <summary>The context that a consumer or saga works in: what it sends becomes outbox rows of the same commit.</summary>
internal sealed class UnitOfWorkContext<TStore, TMessage> : OutboxConsumeContextProxy<TMessage>
    where TStore : ServiceDbContext
    where TMessage : class
{
    private readonly TStore _store;
    private readonly TimeProvider _time;
    private readonly StoreClock _clock;
    private readonly Guid _messageId;
    private readonly Guid? _keptTimer;

    public UnitOfWorkContext(
        ConsumeContext<TMessage> context,
        OutboxConsumeOptions options,
        IServiceProvider services,
        TStore store,
        TimeProvider time,
        StoreClock clock,
        Guid messageId,
        bool isMessageConsumed
    )
        : base(context, options, services)
    {
        _store = store;
        _time = time;
        _clock = clock;
        _messageId = messageId;
        IsMessageConsumed = isMessageConsumed;
        _keptTimer = context.GetSchedulingTokenId();

        var scheduler = new MessageScheduler(
            new OutboxScheduler<TStore>(store),
            services.GetRequiredService<IBus>().Topology
        );
        var schedulerContext = new ConsumeMessageSchedulerContext(this, _ => scheduler);
        context.AddOrUpdatePayload<MessageSchedulerContext>(() => schedulerContext, _ => schedulerContext);
    }

    public override Guid? MessageId => _messageId;

    public override bool ContinueProcessing { get; set; } = true;

    public override bool IsMessageConsumed { get; }

    // The dispatcher delivers, not the consumer: as far as this pipeline is concerned, that is done.
    public override bool IsOutboxDelivered => true;

    public override int ReceiveCount => 1;

    public override long? LastSequenceNumber => null;

    public override async Task SetConsumed()
    {
        _store.Inbox.Add(
            new InboxMessage
            {
                MessageId = _messageId,
                ConsumerId = ConsumerId,
                ConsumedAt = _time.GetUtcNow(),
            }
        );
        if (_keptTimer is not null)
        {
            var kept = await _store.Outbox.Where(row => row.Token == _keptTimer).ToListAsync(CancellationToken);
            _store.Outbox.RemoveRange(kept);
        }

        await _store.SaveChangesAsync(CancellationToken);
    }

    public override Task AddSend<T>(SendContext<T> context)
    {
        _store.Outbox.Add(
            new OutboxMessage
            {
                MessageId = context.MessageId ?? NewId.NextGuid(),
                MessageType = MessageTypes.NameOf(typeof(T)),
                Body = OutboxMessage.Serialize(context.Message),
                // By what it is: RabbitMQ's context of a published event does not say that it is published.
                Queue = Queues.TryOf(typeof(T)),
                ConversationId = context.ConversationId,
                InitiatorId = context.InitiatorId,
                TraceParent = System.Diagnostics.Activity.Current?.Id,
                NotBefore = _clock.Now + (context.Delay ?? TimeSpan.Zero),
            }
        );
        return Task.CompletedTask;
    }

    public override Task SetDelivered() => Task.CompletedTask;

    public override Task<List<OutboxMessageContext>> LoadOutboxMessages() =>
        Task.FromResult(new List<OutboxMessageContext>());

    public override Task NotifyOutboxMessageDelivered(OutboxMessageContext message) => Task.CompletedTask;

    public override Task RemoveOutboxMessages() => Task.CompletedTask;
}
