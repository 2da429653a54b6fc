using Canary.Durability.Locks;
using Canary.Durability.Storage;
using Canary.Ingress.Repositories;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Polling;

/// <summary>Looks at repositories again and again, some side by side; of several replicas one does.</summary>
internal sealed class RepositoryPoller(
    IServiceScopeFactory scopes,
    RepositoryRegistry registry,
    PollSchedule schedule,
    FetchedHeads fetched,
    IDistributedLocks<IngressStore> locks,
    StoreReadiness<IngressStore> readiness,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<RepositoryPoller> logger
) : BackgroundService
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (registry.Polled().Any())
                {
                    await PollAloneAsync(stoppingToken);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogWarning(e, "Repositories could not be looked at; trying again");
            }

            await Task.Delay(Moment, time, stoppingToken);
        }
    }

    private async Task PollAloneAsync(CancellationToken stoppingToken)
    {
        await using var alone = await locks.AcquireAsync("polling", stoppingToken);
        fetched.Clear();
        var looks = new List<Task>();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await alone.ConfirmAsync();
                looks.RemoveAll(look => look.IsCompleted);
                foreach (var repository in registry.Polled())
                {
                    if (looks.Count < options.CurrentValue.Polling.AtOnce && schedule.TryTake(repository.Key))
                    {
                        looks.Add(LookAsync(repository, stoppingToken));
                    }
                }

                await Task.Delay(Moment, time, stoppingToken);
            }
        }
        finally
        {
            await Task.WhenAll(looks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(KnownRepository repository, CancellationToken stoppingToken)
    {
        var succeeded = false;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            succeeded = await scope
                .ServiceProvider.GetRequiredService<RepositoryLook>()
                .LookAsync(repository, stoppingToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.LogWarning(e, "The look at {Repository} failed; trying again", repository.Name);
        }
        finally
        {
            schedule.Settle(
                repository.Key,
                repository.PollEvery!.Value,
                options.CurrentValue.Polling.RetryAtMost,
                succeeded
            );
            IngressMeters.Looks.Add(1, new KeyValuePair<string, object?>("outcome", succeeded ? "read" : "failed"));
        }
    }
}
