using Canary.Deployer.Traffic.HaProxy;

namespace Canary.Deployer.Traffic;

/// <summary>What a host is to have less of than it would: recorded before a load balancer is told, so that it is given back whoever
/// dies.</summary>
internal sealed class TrafficHold
{
    public required string Application { get; init; }

    public required string Host { get; init; }

    /// <summary>The rollout that holds it back; <c>null</c>: convergence, outside of all rollouts.</summary>
    public Guid? RolloutId { get; set; }

    /// <summary>What it has of its weight, in percent. 0: it is drained.</summary>
    public int Share { get; set; }

    public bool IsDrained => Share == 0;
}

/// <summary>A server of one instance that was changed, and how it was before. What is not recorded here was done by a person, and
/// stays.</summary>
internal sealed class HeldServer
{
    public required string Instance { get; init; }

    public required string Backend { get; init; }

    public required string Server { get; init; }

    public required string Application { get; init; }

    public required string Host { get; init; }

    /// <summary>The weight that it had.</summary>
    public required int Weight { get; init; }

    /// <summary>The weight that it was given; <c>null</c>: none, and it keeps what a person gives it.</summary>
    public int? GivenWeight { get; set; }

    public bool IsOf(ServerState server) => Backend == server.Backend && Server == server.Name;
}
