using Canary.Failures;

namespace Canary.Durability.Messaging;

/// <summary>The messages that consumers gave up on, for people to decide about.</summary>
public interface IErrorQueues
{
    /// <summary>Counts them, and touches none. Those that somebody is reading are not counted.</summary>
    /// <exception cref="CanaryException">The broker does not answer.</exception>
    Task<long> CountAsync(CancellationToken cancellation);

    /// <summary>Lists them, oldest first.</summary>
    /// <param name="queue">Only those of this queue; <c>null</c>: of all.</param>
    /// <param name="limit">How many of each queue at most, 1 or more.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="CanaryException">The broker does not answer.</exception>
    Task<FailedMessages> ListAsync(string? queue, int limit, CancellationToken cancellation);

    /// <summary>Sends a message to its queue once more. It leaves the error queue when the broker has confirmed the copy.
    /// </summary>
    /// <returns><c>null</c> if there is no such message.</returns>
    /// <exception cref="CanaryException">The broker does not answer, the queue is gone, or the message failed in several
    /// queues and none was named.</exception>
    Task<FailedMessage?> RetryAsync(Guid id, string? queue, CancellationToken cancellation);

    /// <summary>Removes a message for good.</summary>
    /// <returns><c>null</c> if there is no such message.</returns>
    /// <exception cref="CanaryException">The broker does not answer, or the message failed in several queues and none was
    /// named.</exception>
    Task<FailedMessage?> DiscardAsync(Guid id, string? queue, CancellationToken cancellation);
}

/// <summary>Messages that consumers gave up on.</summary>
/// <param name="Messages">As many as were asked for.</param>
/// <param name="Total">How many there are.</param>
public sealed record FailedMessages(IReadOnlyList<FailedMessage> Messages, long Total);
