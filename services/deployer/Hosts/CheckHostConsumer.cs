using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Hosts;

/// <summary>Checks that a canary is still well, and records what it finds. One that just restarts is no illness.</summary>
internal sealed class CheckHostConsumer(
    DeployerStore store,
    IInventory inventory,
    HealthProbe health,
    IOptions<DeployerOptions> options,
    TimeProvider time
) : IConsumer<CheckHost>
{
    public async Task Consume(ConsumeContext<CheckHost> context)
    {
        var command = context.Message;
        var row = await store.Hosts.FindAsync([command.RolloutId, command.Host], context.CancellationToken);
        if (row is null || row.Step != Steps.Canary)
        {
            return;
        }

        await CheckAsync(row, command, context.CancellationToken);
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

    private async Task CheckAsync(RolloutHost row, CheckHost command, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var host = await inventory.FindAsync(command.Host, command.Application, cancellation);
                var target = new HealthTarget(command.Application, command.Package, command.Version);
                await health.CheckAsync(host, target, command.Health, cancellation);
                row.Succeed(command.Version);
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                var failure = HostFailures.Of(command.Host, exception);
                row.Fail(failure, row.Version);
                if (tries >= options.Value.HostTries || !HostFailures.MayPass(failure))
                {
                    return;
                }

                await Task.Delay(options.Value.HostRetryDelay, time, cancellation);
            }
        }
    }
}
