using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Which versions a rollback needs, and which of them there are.</summary>
internal sealed class WaysBack(DeployerStore store)
{
    private const int Most = 5;

    /// <summary>What hosts of the application have or may be rolled back to, and what they are about to get.</summary>
    public async Task<IReadOnlyList<ListedVersion>> NeededAsync(RolloutState rollout, CancellationToken cancellation)
    {
        var fleet = await FleetAsync(rollout, cancellation);
        var lastSeen = await LastSeenAsync(rollout, fleet, cancellation);
        var had = (await store.HostsOfAsync(rollout.CorrelationId, cancellation)).Select(row =>
            row.IsPreviousKnown ? row.Previous : lastSeen.GetValueOrDefault(row.Host)
        );
        return
        [
            .. had.Append(fleet)
                .Append(new ListedVersion(rollout.Package.Name, rollout.Package.Version))
                .OfType<ListedVersion>()
                .Distinct(),
        ];
    }

    /// <summary>Says which hosts have what the repository has not got any more. One that has nothing yet needs nothing.</summary>
    public async Task<IReadOnlyList<string>> WarningsAsync(
        RolloutState rollout,
        IReadOnlyList<ListedVersion> missing,
        CancellationToken cancellation
    )
    {
        var fleet = await FleetAsync(rollout, cancellation);
        var otherwise =
            fleet is null || missing.Contains(fleet)
                ? "cannot be rolled back from here"
                : $"get {fleet.Package} {fleet.Version} if this release is rolled back";
        return
        [
            .. (await store.HostsOfAsync(rollout.CorrelationId, cancellation))
                .Where(row => row.Previous is { } had && missing.Contains(had))
                .GroupBy(row => row.Previous!, row => row.Host)
                .OrderBy(hosts => hosts.Min(), StringComparer.Ordinal)
                .Select(hosts =>
                    $"No way back for {Names([.. hosts.Order(StringComparer.Ordinal)])}: the repository does not have "
                    + $"{hosts.Key.Package} {hosts.Key.Version} any more, which runs there; such hosts {otherwise}."
                ),
        ];
    }

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

    private static string Names(IReadOnlyList<string> hosts) =>
        hosts.Count <= Most
            ? string.Join(", ", hosts)
            : $"{string.Join(", ", hosts.Take(Most))} and {hosts.Count - Most} more hosts";

    /// <summary>What hosts that do not answer now had when they last did.</summary>
    private async Task<IReadOnlyDictionary<string, ListedVersion>> LastSeenAsync(
        RolloutState rollout,
        ListedVersion? fleet,
        CancellationToken cancellation
    ) =>
        fleet is null
            ? new Dictionary<string, ListedVersion>()
            : await store
                .HostRecords.Where(record => record.Application == rollout.Application && record.Running != null)
                .ToDictionaryAsync(
                    record => record.Host,
                    record => new ListedVersion(fleet.Package, record.Running!),
                    StringComparer.Ordinal,
                    cancellation
                );

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
