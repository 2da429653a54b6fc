using Canary.Contracts;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Says why the step at work failed, from what its hosts reported; keeps what was said before.</summary>
internal sealed class ExplainStep(DeployerStore store) : IRolloutWork
{
    private const int Most = 5;

    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var rows = await store
            .Hosts.Where(row => row.RolloutId == rollout.CorrelationId)
            .OrderBy(row => row.Host)
            .ToListAsync(context.CancellationToken);
        var step = rows.Where(row => row.Step == rollout.Step).ToList();
        var failed = step.Where(row => row.State == StageState.Failed).ToList();
        var hosts = string.Join("\n", failed.Take(Most).Select(HostFailures.Words));
        var more = failed.Count > Most ? $"\nand {failed.Count - Most} more" : "";
        var kind = rollout.Step == Steps.Canary ? "canary hosts" : $"hosts of {rollout.Step}";
        rollout.Failure = rollout.Step == Steps.Rollback ? NotBack() : NotOut();

        Failure NotBack() =>
            new()
            {
                Code = DeployerCodes.RollbackIncomplete,
                Message = (
                    $"{rollout.Failure?.Message}\n{failed.Count} of {step.Count} hosts could not be rolled back: "
                    + $"{hosts}{more}"
                ).Trim(),
                Remedy = $"Roll back by hand: {string.Join("; ", failed.Take(Most).Select(ByHand))}.",
            };

        string ByHand(RolloutHost row) =>
            row.Failure?.Code == DeployerCodes.NoWayBack ? row.Failure.Remedy
            : row.Target is { } target
                ? $"on {row.Host}, apt-get install --allow-downgrades {target.Package}={target.Version}"
            : $"on {row.Host}, apt-get purge {rollout.Package.Name}";

        Failure NotOut() =>
            new()
            {
                Code = rollout.Step == Steps.Canary ? DeployerCodes.CanaryFailed : DeployerCodes.WaveFailed,
                Message =
                    $"{failed.Count} of {step.Count} {kind} "
                    + $"failed with {rollout.Package.Name} {rollout.Package.Version}: {hosts}{more}",
                Remedy = failed.FirstOrDefault()?.Failure?.Remedy ?? "Correct the application and push again.",
            };
    }
}
