using Canary.Contracts;
using Canary.Contracts.Deploying;

namespace Canary.Deployer.Rollouts;

/// <summary>One host of a rollout. The set of them is frozen at preflight.</summary>
internal sealed class RolloutHost
{
    public required Guid RolloutId { get; init; }

    public required string Host { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>The step that the host belongs to now: <c>canary</c> or <c>wave-N</c>, and <c>rollback</c> once it is
    /// taken back.</summary>
    public required string Step { get; set; }

    public required StageState State { get; set; }

    /// <summary>Version that dpkg last reported.</summary>
    public string? Version { get; set; }

    /// <summary>Version that dpkg reported before the rollout touched the host; <c>null</c>: none.</summary>
    public string? PreviousVersion { get; set; }

    /// <summary>Whether <see cref="PreviousVersion"/> is known: a host that was down at preflight is asked
    /// later.</summary>
    public bool IsPreviousKnown { get; set; }

    /// <summary>Whether an installation was begun; set before it is, so that no crash hides it.</summary>
    public bool IsTouched { get; set; }

    public Failure? Failure { get; set; }

    /// <summary>Whether the failure is that the host cannot be reached, which says nothing about the version.</summary>
    public bool IsUnreachable { get; set; }

    /// <summary>How many times the update was dispatched, over all steps.</summary>
    public int Attempts { get; set; }

    /// <summary>Number of the last round of health checks that the host answered.</summary>
    public int CheckedRound { get; set; }

    public HostSnapshot ToSnapshot() =>
        new()
        {
            Name = Host,
            Channel = Channel,
            Step = Step,
            State = State,
            Version = Version,
            Failure = Failure,
        };

    public void Succeed(string? version)
    {
        State = StageState.Succeeded;
        Version = version;
        Failure = null;
        IsUnreachable = false;
    }

    public void Fail(Failure failure, string? version)
    {
        State = StageState.Failed;
        Version = version;
        Failure = failure;
        IsUnreachable = failure.Code == HostFailures.Unreachable;
    }
}
