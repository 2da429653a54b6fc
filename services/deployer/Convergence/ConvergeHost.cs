using Canary.Contracts;

namespace Canary.Deployer.Convergence;

/// <summary>Command, within the deployer: bring a host to what its channel advertises, unless a rollout has it in hand by
/// now.</summary>
[Queue("deployer-converge-host")]
public sealed record ConvergeHost
{
    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The host.</summary>
    public required string Host { get; init; }
}
