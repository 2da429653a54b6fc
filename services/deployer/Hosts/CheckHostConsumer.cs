using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using MassTransit;

namespace Canary.Deployer.Hosts;

/// <summary>Checks that a canary is still healthy, and records what it finds. One that just restarts is no illness.</summary>
internal sealed class CheckHostConsumer(
    DeployerStore store,
    IInventory inventory,
    HealthProbe health,
    HostTries tries,
    HostLogs logs
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
        var failure = await tries.RunAsync(command.Host, LookAsync, isFinal: _ => false, cancellation, "check");
        if (failure is null)
        {
            row.Succeed(command.Version);
        }
        else
        {
            using var log = logs.Begin(command.RolloutId, command.Host, $"{row.Step}: check of {command.Version}");
            log.Say($"{row.Step}: failed ({failure.Code}): {failure.Message}");
            row.Fail(failure, row.Version);
        }

        async Task LookAsync()
        {
            var host = await inventory.FindAsync(command.Host, command.Application, cancellation);
            var target = new HealthTarget(command.Application, command.Package, command.Version);
            await health.CheckAsync(host, target, command.Health, cancellation);
        }
    }
}
