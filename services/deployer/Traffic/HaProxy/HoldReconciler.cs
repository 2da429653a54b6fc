using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Durability.Locks;
using Canary.Durability.Storage;
using Canary.Failures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>
/// Sees to it that nothing stays held back: what is recorded and has no update behind it any more is given back, and what has is held
/// on instances that were down or were reloaded. An update has the lock of its host as long as it lives; whoever gets the lock knows
/// that there is none.
/// </summary>
internal sealed class HoldReconciler(
    IServiceScopeFactory scopes,
    StoreReadiness<DeployerStore> readiness,
    IDistributedLocks<DeployerStore> locks,
    HoldEnforcement enforcement,
    HoldRecords records,
    IInventory inventory,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<HoldReconciler> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.Traffic.Haproxy.ReconcileInterval, time);
        var hasFailed = false;
        do
        {
            try
            {
                await ReconcileAsync(stoppingToken);
                hasFailed = false;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Once is enough: it is tried every second.
                var level = hasFailed ? LogLevel.Debug : LogLevel.Warning;
                logger.Log(level, exception, "What HAProxy holds back could not be looked at; trying again");
                hasFailed = true;
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Looks once.</summary>
    public async Task ReconcileAsync(CancellationToken cancellation)
    {
        if (!await records.AnyAsync(cancellation))
        {
            return;
        }

        await using var alone = await locks.TryAcquireAsync("traffic", cancellation);
        if (alone is null)
        {
            return;
        }

        var holds = await records.HoldsAsync(cancellation);
        foreach (var hold in holds)
        {
            await ReconcileAsync(hold, cancellation);
        }

        var rest = (await records.ServersAsync(cancellation))
            .Select(server => (server.Application, server.Host))
            .Distinct()
            .Where(server => !holds.Exists(hold => (hold.Application, hold.Host) == server));
        foreach (var (application, host) in rest)
        {
            await enforcement.ReleaseRestAsync(application, host, cancellation);
        }
    }

    private async Task ReconcileAsync(TrafficHold hold, CancellationToken cancellation)
    {
        if (!await IsMeantAsync(hold, cancellation))
        {
            await using var visit = await locks.TryAcquireAsync($"host/{hold.Host}", cancellation);
            if (visit is not null)
            {
                await ReleaseAbandonedAsync(hold, cancellation);
                return;
            }
        }

        await HoldAsync(hold, cancellation);
    }

    /// <summary>Gives back what nobody works on. It is looked at again: the update that was at work may have gone on to something
    /// else.</summary>
    private async Task ReleaseAbandonedAsync(TrafficHold hold, CancellationToken cancellation)
    {
        var now = await records.FindAsync(hold.Application, hold.Host, cancellation);
        if (now is not null && !await IsMeantAsync(now, cancellation))
        {
            logger.LogInformation("{Host} of {Application} gets its requests back", hold.Host, hold.Application);
            await enforcement.ReleaseAsync(now, cancellation);
        }
    }

    /// <summary>Whether a rollout that is at work wants it so, even while nobody works on the host: one that failed is to be rolled
    /// back, and a canary is watched.</summary>
    private async Task<bool> IsMeantAsync(TrafficHold hold, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
        var rollout = await store
            .Rollouts.AsNoTracking()
            .Where(it => it.CorrelationId == hold.RolloutId)
            .Select(it => new { it.CurrentState, it.Wave })
            .SingleOrDefaultAsync(cancellation);
        var host = await store
            .Hosts.AsNoTracking()
            .SingleOrDefaultAsync(it => it.RolloutId == hold.RolloutId && it.Host == hold.Host, cancellation);
        if (rollout is null || host is null || RolloutStates.IsFinal(rollout.CurrentState))
        {
            return false;
        }

        return hold.IsDrained
            ? host.IsTouched && (host.IsOutstanding || host.State == StageState.Failed)
            : hold.Share < 100
                && rollout.Wave == 0
                && host.Step == Steps.Canary
                && (host.IsOutstanding || host.State == StageState.Succeeded);
    }

    private async Task HoldAsync(TrafficHold hold, CancellationToken cancellation)
    {
        try
        {
            var host = await inventory.FindAsync(hold.Host, hold.Application, cancellation);
            await using var held = await enforcement.LockAsync(hold.Application, cancellation);
            if (await records.FindAsync(hold.Application, hold.Host, cancellation) is { } now)
            {
                await enforcement.ApplyAsync(await enforcement.PlanAsync(now, host, cancellation), cancellation);
            }
        }
        catch (CanaryException exception)
        {
            // The host has left the inventory, or the inventory is away.
            logger.LogDebug(exception, "{Host} cannot be held back", hold.Host);
        }
    }
}
