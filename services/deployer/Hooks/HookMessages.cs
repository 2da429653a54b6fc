using Canary.Contracts;

namespace Canary.Deployer.Hooks;

/// <summary>Command, within the deployer: have the script of a rollout run, or see how it stands. Answered by
/// <see cref="HookReported"/>.</summary>
[Queue("deployer-run-hook")]
public sealed record RunHook
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Number of the visit; only the newest one is made.</summary>
    public required int Visit { get; init; }
}

/// <summary>Event, within the deployer: the host was asked about the script, and what it says is recorded.</summary>
public sealed record HookReported
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Number of the visit.</summary>
    public required int Visit { get; init; }
}
