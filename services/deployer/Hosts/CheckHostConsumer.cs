using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using MassTransit;

namespace Canary.Deployer.Hosts;

/// <summary>Checks that a canary is still well, and records what it finds.</summary>
internal sealed class CheckHostConsumer(DeployerStore store, IInventory inventory, HealthProbe health)
    : IConsumer<CheckHost>
{
    public async Task Consume(ConsumeContext<CheckHost> context)
    {
        var command = context.Message;
        var row = await store.Hosts.FindAsync([command.RolloutId, command.Host], context.CancellationToken);
        if (row is null || row.Step != Steps.Canary)
        {
            return;
        }

        try
        {
            var host = await inventory.FindAsync(command.Host, command.Application, context.CancellationToken);
            var target = new HealthTarget(command.Application, command.Package, command.Version);
            await health.CheckAsync(host, target, command.Health, context.CancellationToken);
            row.Succeed(command.Version);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            row.Fail(HostFailures.Of(command.Host, exception), row.Version);
        }

        row.CheckedRound = Math.Max(row.CheckedRound, command.Round);
        await context.Publish(
            new HostChecked
            {
                RolloutId = command.RolloutId,
                Host = command.Host,
                Round = command.Round,
            },
            context.CancellationToken
        );
    }
}
