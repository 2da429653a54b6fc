namespace Canary.Durability.Messaging;

/// <summary>The in-memory transport keeps nothing that people could decide about: deadlines ask again for what failed.</summary>
internal sealed class NoErrorQueues : IErrorQueues
{
    public Task<long> CountAsync(CancellationToken cancellation) => Task.FromResult(0L);

    public Task<FailedMessages> ListAsync(string? queue, int limit, CancellationToken cancellation) =>
        Task.FromResult(new FailedMessages([], 0));

    public Task<FailedMessage?> RetryAsync(Guid id, string? queue, CancellationToken cancellation) =>
        Task.FromResult<FailedMessage?>(null);

    public Task<FailedMessage?> DiscardAsync(Guid id, string? queue, CancellationToken cancellation) =>
        Task.FromResult<FailedMessage?>(null);
}
