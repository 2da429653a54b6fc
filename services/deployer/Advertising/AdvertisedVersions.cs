using Canary.Contracts.Deploying;
using Canary.Deployer.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Advertising;

/// <summary>Which versions the suites list, as the rollouts know it: that of the newest rollout that was advertised and not
/// withdrawn. So a version that is taken back gives way to the one before.</summary>
internal sealed class AdvertisedVersions(DeployerStore store)
{
    /// <returns><c>null</c>: none.</returns>
    public async Task<string?> OfAsync(string application, Channel channel, CancellationToken cancellation)
    {
        var rollouts = store.Rollouts.AsNoTracking().Where(rollout => rollout.Application == application);
        // What is only asked for does not count: the publisher may refuse. What production has, canaries have had.
        var isCanary = channel == Channel.Canary;
        var package = await rollouts
            .Where(rollout =>
                (isCanary && rollout.IsCanaryListed && rollout.HostsReached)
                || (
                    rollout.IsProductionListed
                    && (
                        rollout.Wave > 0
                        || rollout.CurrentState == nameof(RolloutStateMachine.OfferingToAll)
                        || rollout.CurrentState == RolloutStates.Completed
                    )
                )
            )
            .OrderByDescending(rollout => rollout.Number)
            .Select(rollout => rollout.Package)
            .FirstOrDefaultAsync(cancellation);
        return package?.Version;
    }

    /// <summary>Every version that this deployer ever had for an application.</summary>
    public async Task<IReadOnlySet<string>> EverAsync(string application, CancellationToken cancellation)
    {
        var packages = await store
            .Rollouts.AsNoTracking()
            .Where(rollout => rollout.Application == application)
            .Select(rollout => rollout.Package)
            .ToListAsync(cancellation);
        return packages.Select(package => package.Version).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The applications that were ever rolled out.</summary>
    public async Task<IReadOnlyList<string>> ApplicationsAsync(CancellationToken cancellation) =>
        await store.Lanes.AsNoTracking().Select(lane => lane.Application).ToListAsync(cancellation);
}
