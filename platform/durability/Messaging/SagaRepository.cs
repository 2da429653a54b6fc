using Canary.Durability.Storage;
using MassTransit;
using MassTransit.Context;
using MassTransit.Saga;
using Microsoft.EntityFrameworkCore;

namespace Canary.Durability.Messaging;

/// <summary>Keeps sagas in the store of their service. Nothing is saved here: the unit of work commits saga, inbox and outbox
/// together, and a version that has moved on meanwhile makes the message start over.</summary>
internal sealed class SagaRepositoryContextFactory<TSaga, TStore>(ISagaConsumeContextFactory<TStore, TSaga> contexts)
    : ISagaRepositoryContextFactory<TSaga>
    where TSaga : class, SagaStateMachineInstance, ISagaVersion
    where TStore : ServiceDbContext
{
    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next)
        where T : class =>
        await next.Send(new StoredSagaContext<TSaga, TStore, T>(StoreOf(context), context, contexts));

    public async Task SendQuery<T>(
        ConsumeContext<T> context,
        ISagaQuery<TSaga> query,
        IPipe<SagaRepositoryQueryContext<TSaga, T>> next
    )
        where T : class
    {
        var store = StoreOf(context);
        var ids = await store
            .Set<TSaga>()
            .Where(query.FilterExpression)
            .Select(saga => saga.CorrelationId)
            .ToListAsync(context.CancellationToken);
        await next.Send(
            new DefaultSagaRepositoryQueryContext<TSaga, T>(
                new StoredSagaContext<TSaga, TStore, T>(store, context, contexts),
                ids
            )
        );
    }

    public void Probe(ProbeContext context) => context.Add("persistence", typeof(TStore).Name);

    private static TStore StoreOf(ConsumeContext context) =>
        context.TryGetPayload(out IServiceProvider? services) && services.GetService(typeof(TStore)) is TStore store
            ? store
            : throw new InvalidOperationException($"The {typeof(TSaga).Name} saga runs outside of a unit of work.");
}

internal sealed class StoredSagaContext<TSaga, TStore, TMessage>(
    TStore store,
    ConsumeContext<TMessage> context,
    ISagaConsumeContextFactory<TStore, TSaga> contexts
) : ConsumeContextScope<TMessage>(context, store), SagaRepositoryContext<TSaga, TMessage>
    where TSaga : class, SagaStateMachineInstance, ISagaVersion
    where TStore : ServiceDbContext
    where TMessage : class
{
    private readonly ConsumeContext<TMessage> _context = context;

    public Task<SagaConsumeContext<TSaga, TMessage>> Add(TSaga instance) =>
        contexts.CreateSagaConsumeContext(store, _context, instance, SagaConsumeContextMode.Add);

    public Task<SagaConsumeContext<TSaga, TMessage>> Insert(TSaga instance)
    {
        store.Add(instance);
        return contexts.CreateSagaConsumeContext(store, _context, instance, SagaConsumeContextMode.Insert);
    }

    public async Task<SagaConsumeContext<TSaga, TMessage>?> Load(Guid correlationId)
    {
        var instance = await store.Set<TSaga>().FindAsync([correlationId], CancellationToken);
        return instance is null
            ? null
            : await contexts.CreateSagaConsumeContext(store, _context, instance, SagaConsumeContextMode.Load);
    }

    public Task Save(SagaConsumeContext<TSaga> context)
    {
        context.Saga.Version = 1;
        store.Add(context.Saga);
        return Task.CompletedTask;
    }

    public Task Update(SagaConsumeContext<TSaga> context)
    {
        context.Saga.Version++;
        return Task.CompletedTask;
    }

    public Task Delete(SagaConsumeContext<TSaga> context)
    {
        store.Remove(context.Saga);
        return Task.CompletedTask;
    }

    public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    public Task Undo(SagaConsumeContext<TSaga> context)
    {
        store.Entry(context.Saga).State = EntityState.Unchanged;
        return Task.CompletedTask;
    }

    public Task<SagaConsumeContext<TSaga, T>> CreateSagaConsumeContext<T>(
        ConsumeContext<T> consumeContext,
        TSaga instance,
        SagaConsumeContextMode mode
    )
        where T : class => contexts.CreateSagaConsumeContext(store, consumeContext, instance, mode);
}
