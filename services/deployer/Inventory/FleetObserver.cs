using Canary.Contracts.Deploying;
using Canary.Deployer.Convergence;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Inventory;

/// <summary>Publishes the inventory at start and whenever it changes.</summary>
internal sealed class FleetObserver(
    IInventory inventory,
    DeployerKey key,
    IServiceScopeFactory scopes,
    StoreReadiness<DeployerStore> readiness,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<FleetObserver> logger
) : BackgroundService
{
    /// <summary>The hosts as an event; its number counts once the store is saved.</summary>
    public static async Task<FleetObserved> DescribeAsync(
        IEnumerable<InventoryHost> hosts,
        DeployerKey key,
        DeployerStore store,
        TimeProvider time,
        CancellationToken cancellation
    ) =>
        new()
        {
            Revision = await store.NextRevisionAsync(Observation.WholeFleet, cancellation),
            ObservedAt = time.GetUtcNow(),
            Hosts = [.. hosts.Select(host => host.ToContract())],
            DeployerKey = key.Line(),
        };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.Inventory.PollInterval, time);
        string? seen = null;
        string? said = null;
        do
        {
            try
            {
                var stamp = $"{await inventory.StampAsync(stoppingToken)} {key.Line()}";
                if (stamp != seen)
                {
                    await PublishAsync(stoppingToken);
                    seen = stamp;
                    said = null;
                }
            }
            catch (CanaryException exception)
            {
                // It is looked at every few seconds: what is wrong is said once.
                if (exception.Message != said)
                {
                    logger.LogError("{Message} {Remedy}", exception.Message, exception.Remedy);
                }

                said = exception.Message;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogError(exception, "The inventory could not be looked at; trying again");
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PublishAsync(CancellationToken cancellation)
    {
        var (hosts, _) = await inventory.ReadAsync(cancellation);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
        var fleet = await DescribeAsync(hosts, key, store, time, cancellation);
        scope.ServiceProvider.GetRequiredService<IOutbox<DeployerStore>>().Publish(fleet);
        await store.SaveChangesAsync(cancellation);
        logger.LogInformation("The inventory has {Hosts} hosts", hosts.Count);
    }
}
