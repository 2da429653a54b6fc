using System.Text.Json;
using Canary.Durability.Storage;
using MassTransit;

namespace Canary.Durability.Jobs;

/// <summary>Records a job and lets go of the message; a repeat of the command reports what is known.</summary>
internal sealed class JobConsumer<TStore, TCommand>(TStore store, Func<TCommand, Guid> idOf, TimeProvider time)
    : IConsumer<TCommand>
    where TStore : ServiceDbContext
    where TCommand : class
{
    public async Task Consume(ConsumeContext<TCommand> context)
    {
        var id = idOf(context.Message);
        var job = await store.Jobs.FindAsync([id], context.CancellationToken);
        if (job is null)
        {
            store.Jobs.Add(
                new Job
                {
                    Id = id,
                    Kind = MessageTypes.NameOf(typeof(TCommand)),
                    Command = OutboxMessage.Serialize(context.Message),
                    State = JobState.Pending,
                    CreatedAt = time.GetUtcNow(),
                }
            );
        }
        else if (job is { State: JobState.Finished, OutcomeType: { } outcomeType, Outcome: { } outcome })
        {
            var type = MessageTypes.Find(outcomeType);
            await context.Publish(JsonSerializer.Deserialize(outcome, type, StoredJson.Options)!, type);
        }
    }
}

/// <summary>Cancels a job, also one whose command has not arrived yet. Whoever works on it hears of it by the commit.</summary>
internal sealed class JobCancellationConsumer<TStore, TCommand, TCancel>(
    TStore store,
    Func<TCancel, Guid> idOf,
    TimeProvider time
) : IConsumer<TCancel>
    where TStore : ServiceDbContext
    where TCommand : class
    where TCancel : class
{
    public async Task Consume(ConsumeContext<TCancel> context)
    {
        var id = idOf(context.Message);
        var job = await store.Jobs.FindAsync([id], context.CancellationToken);
        if (job is null)
        {
            store.Jobs.Add(
                new Job
                {
                    Id = id,
                    Kind = MessageTypes.NameOf(typeof(TCommand)),
                    Command = "",
                    State = JobState.Cancelled,
                    CreatedAt = time.GetUtcNow(),
                }
            );
        }
        else if (job.State is JobState.Pending or JobState.Running)
        {
            job.State = JobState.Cancelled;
            job.Version++;
        }
    }
}
