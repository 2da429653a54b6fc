using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Canary.Durability.Messaging;

/// <summary>
/// Picks up what a former life of an embedded host left: the in-memory transport forgot its messages, so every deadline is due
/// now, and every running job was running in a process that is gone. The clock of the machine may have been set meanwhile: only
/// timers that mean a real lapse of time keep theirs.
/// </summary>
internal sealed class StartupRecovery<TStore>(
    ITransport transport,
    StoreReadiness<TStore> readiness,
    IServiceScopeFactory scopes,
    StoreClock clock
) : IHostedService
    where TStore : ServiceDbContext
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (transport.IsDurable)
        {
            return;
        }

        await readiness.WhenReadyAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<TStore>();
        var now = clock.Now;
        await store
            .Outbox.Where(row => (row.IsDeadline || row.Token == null) && row.NotBefore > now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.NotBefore, now), cancellationToken);
        await store
            .Jobs.Where(job => job.State == JobState.Running)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(job => job.State, JobState.Pending)
                        .SetProperty(job => job.Attempts, job => job.Attempts + 1)
                        .SetProperty(job => job.LeaseOwner, (string?)null),
                cancellationToken
            );
        await store
            .Jobs.Where(job => job.State == JobState.Pending && job.NotBefore > now)
            .ExecuteUpdateAsync(set => set.SetProperty(job => job.NotBefore, now), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
