namespace Canary.Durability.Jobs;

/// <summary>Does the work of a leased job.</summary>
/// <typeparam name="TCommand">The command that asks for it.</typeparam>
public interface IJobHandler<in TCommand>
    where TCommand : class
{
    /// <summary>
    /// Does the work. May run again for the same command after a crash, never twice at a time.
    /// </summary>
    /// <param name="command">What to do.</param>
    /// <param name="cancellation">Set when the job is cancelled or the host stops; the handler then stops its processes and
    /// throws <see cref="OperationCanceledException"/>.</param>
    /// <returns>The event that reports the outcome, good or bad. It is stored, and published again whenever the command is
    /// repeated.</returns>
    Task<object> RunAsync(TCommand command, CancellationToken cancellation);

    /// <summary>The event that reports an error that <see cref="RunAsync"/> did not expect, after all retries.</summary>
    object Faulted(TCommand command, Exception exception);

    /// <summary>Ends what a cancelled job has begun outside of its process, where it goes on without it. Called once the job is not at
    /// work any more, also after the death of its process, and never when a host stops: whoever takes the job then goes on with it. May
    /// be called again, and for a job that has begun nothing.</summary>
    Task CancelledAsync(TCommand command, CancellationToken cancellation) => Task.CompletedTask;
}
