using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Machines;

namespace Canary.Deployer.Rollouts;

/// <summary>One host of a rollout. The set of them is frozen at preflight.</summary>
internal sealed class RolloutHost
{
    public required Guid RolloutId { get; init; }

    public required string Host { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>That of the application's roles for which it runs the application.</summary>
    public string Role { get; init; } = Roles.Default;

    /// <summary>Where it stands, by the tag that the hosts are spread over; <c>null</c>: nobody says.</summary>
    public string? Place { get; init; }

    /// <summary>The step that the host belongs to now: <c>canary</c> or <c>wave-N</c>, and <c>rollback</c> once it is
    /// taken back.</summary>
    public required string Step { get; set; }

    public required StageState State { get; set; }

    /// <summary>Version that dpkg last reported.</summary>
    public string? Version { get; set; }

    /// <summary>Package of the application that the host had before the rollout touched it; <c>null</c>: none. Its name may have
    /// been another one.</summary>
    public string? PreviousPackage { get; set; }

    /// <summary>Its version, as dpkg reported it; <c>null</c>: none.</summary>
    public string? PreviousVersion { get; set; }

    /// <summary>Whether <see cref="PreviousVersion"/> is known: a host that was down at preflight is asked
    /// later.</summary>
    public bool IsPreviousKnown { get; set; }

    /// <summary>Whether an installation was begun; set before it is, so that no crash hides it.</summary>
    public bool IsTouched { get; set; }

    /// <summary>The last place of an alarm that fired before the host was first told anything; <c>null</c>: it was not yet.</summary>
    public long? AlarmsBefore { get; set; }

    public Failure? Failure { get; set; }

    /// <summary>Whether the failure is that the host cannot be reached, which says nothing about the version.</summary>
    public bool IsUnreachable { get; set; }

    /// <summary>How many times the update was dispatched, over all steps.</summary>
    public int Attempts { get; set; }

    /// <summary>Number of the last round of health checks that the host answered.</summary>
    public int CheckedRound { get; set; }

    /// <summary>Package that the host gets when it is rolled back; <c>null</c>: none.</summary>
    public string? TargetPackage { get; private set; }

    /// <summary>Its version.</summary>
    public string? TargetVersion { get; private set; }

    /// <summary>What the host is rolled back to; <c>null</c>: nothing, the package is removed.</summary>
    public ListedVersion? Target =>
        TargetPackage is { } package && TargetVersion is { } version ? new ListedVersion(package, version) : null;

    /// <summary>What the host had before; <c>null</c>: nothing, or it is not known.</summary>
    public ListedVersion? Previous =>
        PreviousPackage is { } package && PreviousVersion is { } version ? new ListedVersion(package, version) : null;

    /// <summary>Notes what the host had before, once.</summary>
    public void RememberPrevious(ListedVersion? previous)
    {
        PreviousPackage = previous?.Package;
        PreviousVersion = previous?.Version;
        IsPreviousKnown = true;
    }

    /// <summary>Whether its result is awaited.</summary>
    public bool IsOutstanding => State is StageState.Pending or StageState.Running;

    /// <summary>Whether it serves nobody now: it is being changed, or something is wrong with it.</summary>
    public bool IsOutOfService => State is StageState.Running or StageState.Failed || Failure is not null;

    /// <summary>Makes the host one that is to be rolled back.</summary>
    public void RollBackTo(ListedVersion? target)
    {
        Step = Steps.Rollback;
        State = StageState.Pending;
        Failure = null;
        Aim(target);
    }

    /// <summary>Changes what the host is rolled back to.</summary>
    public void Aim(ListedVersion? target)
    {
        TargetPackage = target?.Package;
        TargetVersion = target?.Version;
    }

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
        IsUnreachable = failure.Code == MachinesCodes.HostUnreachable;
    }
}
