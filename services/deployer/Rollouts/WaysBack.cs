using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;

namespace Canary.Deployer.Rollouts;

/// <summary>Which versions a rollback needs, and which of them there are.</summary>
internal sealed class WaysBack(DeployerStore store)
{
    /// <summary>The versions that a suite has to list for its hosts to get back: what the fleet was brought to last comes first,
    /// which is what the suite then offers.</summary>
    public async Task<IReadOnlyList<ListedVersion>> OfAsync(
        RolloutState rollout,
        Channel channel,
        CancellationToken cancellation
    )
    {
        var targets = (await RowsAsync(rollout, channel, cancellation))
            .Select(row => row.Target)
            .OfType<ListedVersion>()
            .GroupBy(target => target)
            .OrderByDescending(group => group.Count())
            .Select(group => group.Key);
        return [.. targets.Prepend(await FleetAsync(rollout, cancellation)).OfType<ListedVersion>().Distinct()];
    }

    /// <summary>Sends hosts whose own version is gone to what the fleet was brought to; where that is gone too, says so.</summary>
    public async Task CloseAsync(
        RolloutState rollout,
        Channel channel,
        IReadOnlyList<ListedVersion> restored,
        CancellationToken cancellation
    )
    {
        var fleet = await FleetAsync(rollout, cancellation);
        foreach (var row in await RowsAsync(rollout, channel, cancellation))
        {
            if (row.Target is not { } target || restored.Contains(target))
            {
                continue;
            }

            if (fleet is not null && restored.Contains(fleet))
            {
                row.Aim(fleet);
            }
            else
            {
                row.Fail(HostFailures.NoWayBack(row.Host, target), row.Version);
            }
        }
    }

    private async Task<IEnumerable<RolloutHost>> RowsAsync(
        RolloutState rollout,
        Channel channel,
        CancellationToken cancellation
    ) =>
        (await store.HostsOfAsync(rollout.CorrelationId, cancellation)).Where(row =>
            row.Step == Steps.Rollback && row.Channel == channel
        );

    private async Task<ListedVersion?> FleetAsync(RolloutState rollout, CancellationToken cancellation) =>
        (await store.Lanes.FindAsync([rollout.Application], cancellation))?.Completed;
}
