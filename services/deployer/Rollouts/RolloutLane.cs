using Canary.Contracts.Deploying;

namespace Canary.Deployer.Rollouts;

/// <summary>Keeps the rollouts of one application one after the other.</summary>
internal sealed class RolloutLane
{
    public required string Application { get; init; }

    /// <summary>The rollout whose turn it is; <c>null</c>: nobody's.</summary>
    public Guid? Active { get; set; }

    /// <summary>When the newest push that ever had its turn was accepted: an older one that comes late must not take
    /// the fleet back.</summary>
    public DateTimeOffset NewestReceivedAt { get; set; }

    /// <summary>The version that the last completed rollout brought.</summary>
    public string? CompletedVersion { get; set; }

    /// <summary>How to tell that a host is well with <see cref="CompletedVersion"/>.</summary>
    public HealthCheck? Health { get; set; }

    public int Revision { get; set; }
}
