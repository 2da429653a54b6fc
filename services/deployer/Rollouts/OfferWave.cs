using Canary.Contracts.Deploying;
using Canary.Deployer.Alarms;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>Finds the share of all machines that a wave goes up to: so many of those that upgrade by themselves are offered the
/// version.</summary>
internal sealed class OfferWave(DeployerStore store)
{
    /// <returns>Percent, 0 to 100.</returns>
    public async Task<int> RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        rollout.AlarmsBefore ??= await JudgeAlarms.LastPlaceAsync(store, context.CancellationToken);
        // Who takes what is offered is not known here.
        rollout.HostsReached = true;
        rollout.Offered = await ShareAsync(rollout, context.CancellationToken);
        return rollout.Offered;
    }

    private async Task<int> ShareAsync(RolloutState rollout, CancellationToken cancellation)
    {
        var waves = Enumerable.Range(1, rollout.Wave).Select(Steps.Wave).ToHashSet(StringComparer.Ordinal);
        var production = (await store.HostsOfAsync(rollout.CorrelationId, cancellation))
            .Where(row => row.Channel == Channel.Production)
            .ToList();
        return production.Count == 0
            ? Waves.Percentages(rollout.Plan.Waves)[rollout.Wave - 1]
            : production.Count(row => waves.Contains(row.Step)) * 100 / production.Count;
    }
}
