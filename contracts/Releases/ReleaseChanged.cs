using Canary.Contracts.Building;

namespace Canary.Contracts.Releases;

/// <summary>
/// Event, by the Release saga: the release as it is now, whole. A subscriber keeps the highest revision and needs no
/// other message, so a lost or late one heals with the next.
/// </summary>
public sealed record ReleaseChanged : IApplicationEvent
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>Counts up with every change, from 1.</summary>
    public required int Revision { get; init; }

    /// <summary>The push that the release comes from.</summary>
    public required PushReceived Push { get; init; }

    /// <summary>Place in the one order of the application's releases, from 1; 0 until it is admitted, and for one that is not
    /// deployed.</summary>
    public long Number { get; init; }

    /// <summary>Set when a person asked for a version that was published already.</summary>
    public Deployment? Deployment { get; init; }

    /// <summary>What it waits for, in words for people; <c>null</c> while it works.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>State of the saga, one of <see cref="ReleaseStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>Package version, once the package is built.</summary>
    public string? Version { get; init; }

    /// <summary>What its build made for the package; <c>null</c>: nothing.</summary>
    public BuildOutput? Output { get; init; }

    /// <summary>The stages up to publishing; the rollout reports its own (<see cref="Deploying.RolloutChanged"/>).</summary>
    public required IReadOnlyList<StageSnapshot> Stages { get; init; }

    /// <summary>Why the release failed or was taken back.</summary>
    public Failure? Failure { get; init; }

    /// <summary>The release that superseded this one.</summary>
    public Guid? SupersededBy { get; init; }

    /// <summary>When the release reached its final state, UTC.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    string IApplicationEvent.Application => Push.Application;
}

/// <summary>The states of a release, as stored and sent.</summary>
public static class ReleaseStates
{
    /// <summary>The repository is asked where the commit stands on its branch.</summary>
    public const string Admitting = nameof(Admitting);

    /// <summary>The convention scripts run.</summary>
    public const string Building = nameof(Building);

    /// <summary>The package is built and uploaded.</summary>
    public const string Packaging = nameof(Packaging);

    /// <summary>The package enters the repository.</summary>
    public const string Publishing = nameof(Publishing);

    /// <summary>Automatic deployments of the application are held: it waits until a person resumes them.</summary>
    public const string Held = nameof(Held);

    /// <summary>The deployer is at work, or waits for a person.</summary>
    public const string RollingOut = nameof(RollingOut);

    /// <summary>Final: production runs the version (or, for a branch that does not deploy, the build passed).</summary>
    public const string Completed = nameof(Completed);

    /// <summary>Final: it failed, and no host runs it.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>Final: hosts that had it are back on the version before.</summary>
    public const string RolledBack = nameof(RolledBack);

    /// <summary>Final: a newer commit took its place before it reached a host.</summary>
    public const string Superseded = nameof(Superseded);

    /// <summary>The states that nothing follows.</summary>
    public static IReadOnlyList<string> Final { get; } = [Completed, Failed, RolledBack, Superseded];

    /// <summary>Whether a release in this state has ended.</summary>
    public static bool IsFinal(string state) => Final.Contains(state);
}
