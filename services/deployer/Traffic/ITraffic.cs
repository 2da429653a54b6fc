using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Traffic;

/// <summary>Keeps requests away from a host while it is updated. No update waits for ever for it, or fails by it: what a load balancer
/// does not do is said in the log of the host, and made up for when it can be.</summary>
internal interface ITraffic
{
    /// <summary>Takes the host out of its load balancers, and waits until what it is answering is answered.</summary>
    /// <param name="target">The host, and why.</param>
    /// <param name="patience">Ends the waiting, not the work.</param>
    /// <param name="cancellation">Gives up.</param>
    Task DrainAsync(TrafficTarget target, CancellationToken patience, CancellationToken cancellation);

    /// <summary>Gives a healthy host its requests back: all, or the share of canaries. It may never have lost them.</summary>
    /// <inheritdoc cref="DrainAsync"/>
    Task ReadyAsync(TrafficTarget target, CancellationToken patience, CancellationToken cancellation);
}

/// <summary>A host that is updated.</summary>
/// <param name="Host">The host.</param>
/// <param name="Application">Whose requests it is about.</param>
/// <param name="Rollout">The rollout; <c>null</c>: convergence, outside of all rollouts.</param>
/// <param name="Step">Step of the rollout; <c>null</c>: there is none.</param>
internal sealed record TrafficTarget(InventoryHost Host, string Application, Guid? Rollout = null, string? Step = null)
{
    /// <summary>Whether the application is taken away, so that nothing is to be expected there.</summary>
    public bool IsRemoval { get; init; }

    /// <summary>Whether the host is a canary that is watched from now on.</summary>
    public bool IsCanary => Step == Steps.Canary;
}
