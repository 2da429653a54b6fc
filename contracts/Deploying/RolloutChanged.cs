namespace Canary.Contracts.Deploying;

/// <summary>
/// Event, by the Rollout saga: the rollout as it is now, whole. A subscriber keeps the highest revision and needs no other
/// message, so a lost or late one heals with the next.
/// </summary>
public sealed record RolloutChanged : IApplicationEvent
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>Counts up with every change, from 1.</summary>
    public required int Revision { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Package name.</summary>
    public required string Package { get; init; }

    /// <summary>Version that goes out.</summary>
    public required string Version { get; init; }

    /// <summary>State of the saga, one of <see cref="RolloutStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>What it waits for, in words for people; <c>null</c> while it works.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>Whether any host has been told to install the version.</summary>
    public required bool HostsReached { get; init; }

    /// <summary>The stages of the rollout, in order.</summary>
    public required IReadOnlyList<StageSnapshot> Stages { get; init; }

    /// <summary>Every host that the rollout has touched or will touch.</summary>
    public required IReadOnlyList<HostSnapshot> Hosts { get; init; }

    /// <summary>Why the rollout failed or was taken back.</summary>
    public Failure? Failure { get; init; }

    /// <summary>What a person should know before hosts are touched, and alarms that have fired since, in words for people.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Why the version shall be rolled back though the rollout has completed: an alarm fired while it was watched.</summary>
    public Failure? Regret { get; init; }

    /// <summary>Who has let it go on to production, and who else must; <c>null</c>: one person, whoever it is.</summary>
    public RolloutApprovals? Approvals { get; init; }
}

/// <summary>Who lets a rollout go on to production.</summary>
public sealed record RolloutApprovals
{
    /// <summary>How many different people must.</summary>
    public required int Required { get; init; }

    /// <summary>Who has, in their order.</summary>
    public required IReadOnlyList<string> By { get; init; }

    /// <summary>Whose approval does not count, because the release is their own; <c>null</c>: everybody's does.</summary>
    public string? NotBy { get; init; }
}

/// <summary>One host of a rollout.</summary>
public sealed record HostSnapshot
{
    /// <summary>Name in the inventory.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is a canary or a production host.</summary>
    public required Channel Channel { get; init; }

    /// <summary>The step that updates it, for example <c>canary</c> or <c>wave-2</c>.</summary>
    public required string Step { get; init; }

    /// <summary>How far it is.</summary>
    public required StageState State { get; init; }

    /// <summary>Version that dpkg last reported; <c>null</c>: unknown or not installed.</summary>
    public string? Version { get; init; }

    /// <summary>Why it failed.</summary>
    public Failure? Failure { get; init; }
}

/// <summary>Which signed suite a host follows.</summary>
public enum Channel
{
    /// <summary>The first to run a version.</summary>
    Canary,

    /// <summary>Everyone else.</summary>
    Production,
}

/// <summary>The states of a rollout, as stored and sent.</summary>
public static class RolloutStates
{
    /// <summary>Waits until the application's other rollout has ended.</summary>
    public const string Queued = nameof(Queued);

    /// <summary>The hosts are looked up and the canary suite is told.</summary>
    public const string Preflight = nameof(Preflight);

    /// <summary>The canaries are updated.</summary>
    public const string DeployingCanary = nameof(DeployingCanary);

    /// <summary>The canaries run and are watched.</summary>
    public const string Soaking = nameof(Soaking);

    /// <summary>The canaries are healthy; a person decides.</summary>
    public const string AwaitingPromotion = nameof(AwaitingPromotion);

    /// <summary>Production hosts are updated, wave by wave.</summary>
    public const string DeployingWave = nameof(DeployingWave);

    /// <summary>A person has paused it, or a wave has failed and a person decides.</summary>
    public const string Paused = nameof(Paused);

    /// <summary>Hosts go back to the version before.</summary>
    public const string RollingBack = nameof(RollingBack);

    /// <summary>Final: production has the version.</summary>
    public const string Completed = nameof(Completed);

    /// <summary>Final: the hosts that had it are back.</summary>
    public const string RolledBack = nameof(RolledBack);

    /// <summary>Final: it failed; the message says which hosts need a person.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>Final: a newer commit took its place before it reached a host.</summary>
    public const string Superseded = nameof(Superseded);

    /// <summary>The states that nothing follows.</summary>
    public static IReadOnlyList<string> Final { get; } = [Completed, RolledBack, Failed, Superseded];

    /// <summary>Whether a rollout in this state has ended.</summary>
    public static bool IsFinal(string state) => Final.Contains(state);
}
