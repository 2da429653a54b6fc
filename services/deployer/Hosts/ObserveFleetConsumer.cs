using Canary.Deployer.Convergence;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Failures;
using MassTransit;

namespace Canary.Deployer.Hosts;

/// <summary>Publishes the inventory after a rollout.</summary>
internal sealed class ObserveFleetConsumer(
    DeployerStore store,
    IInventory inventory,
    DeployerKey key,
    ConvergenceLoop convergence,
    TimeProvider time,
    ILogger<ObserveFleetConsumer> logger
) : IConsumer<ObserveFleet>
{
    public async Task Consume(ConsumeContext<ObserveFleet> context)
    {
        convergence.Remind(context.Message.Application);
        try
        {
            var (hosts, _) = await inventory.ReadAsync(context.CancellationToken);
            await context.Publish(
                await FleetObserver.DescribeAsync(hosts, key, store, time, context.CancellationToken),
                context.CancellationToken
            );
        }
        catch (CanaryException exception)
        {
            logger.LogWarning("{Message} {Remedy}", exception.Message, exception.Remedy);
        }
    }
}
