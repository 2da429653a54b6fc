using System.Text.Json.Serialization;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Releases;

namespace Canary.Ingress.Releases;

/// <summary>A release as the HTTP API shows it.</summary>
internal sealed record ReleaseView
{
    /// <summary>The state of a release that the coordinator has not reported yet.</summary>
    public const string Received = nameof(Received);

    public required Guid Id { get; init; }

    public required string Application { get; init; }

    public required string Repository { get; init; }

    public required string Branch { get; init; }

    public required string Commit { get; init; }

    /// <summary>The package that was uploaded in place of a commit; <c>null</c>: a commit was pushed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PackageReference? Upload { get; init; }

    public string? Title { get; init; }

    public required string Pusher { get; init; }

    public string? CompareUrl { get; init; }

    public string? Version { get; init; }

    /// <summary>Place in the one order of the application's releases, from 1; 0: none yet, or none because it is not
    /// deployed.</summary>
    public required long Number { get; init; }

    /// <summary>Set when what was published before is deployed again: by whom and why.</summary>
    public Deployment? Deployment { get; init; }

    /// <summary><c>Received</c> or a state of the Release saga.</summary>
    public required string State { get; init; }

    /// <summary>The rollout's state while the release rolls out, else the same as <see cref="State"/>.</summary>
    public required string Phase { get; init; }

    /// <summary>What the release waits for, in words for people.</summary>
    public string? WaitingFor { get; init; }

    public Failure? Failure { get; init; }

    public Guid? SupersededBy { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Whether the result is deployed, or only built and reported.</summary>
    public required bool Deploys { get; init; }

    /// <summary>What its build made for the package, beside the files of the commit; <c>null</c>: nothing.</summary>
    public BuildOutput? Output { get; init; }

    public required IReadOnlyList<StageView> Stages { get; init; }

    public required IReadOnlyList<HostView> Hosts { get; init; }

    /// <summary>Who has let it go on to production, and who else must, where that is more than one person, or not everybody.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RolloutApprovals? Approvals { get; init; }

    /// <summary>Why the request started nothing, and this is the release that there is already.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NothingStarted { get; init; }

    /// <summary>What a person should know about the release.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    public static ReleaseView Of(ReleaseRow release, RolloutRow? rollout)
    {
        var snapshot = release.Snapshot;
        var rollingOut = release.State == ReleaseStates.RollingOut && rollout is not null;
        return new ReleaseView
        {
            Id = release.Id,
            Application = release.Application,
            Repository = release.Repository,
            Branch = release.Push.Source.Branch,
            Commit = release.Commit,
            Upload = release.Push.Upload,
            Title = release.Push.Title,
            Pusher = release.Push.Pusher,
            CompareUrl = release.Push.CompareUrl,
            Version =
                release.Version
                ?? rollout?.Snapshot.Version
                ?? release.Deploy?.Deployment.Version
                ?? release.Push.Upload?.Version,
            Number = release.Number,
            Deployment = snapshot?.Deployment ?? release.Deploy?.Deployment,
            State = release.State,
            Phase = rollingOut ? rollout!.State : release.State,
            WaitingFor = rollingOut ? rollout!.Snapshot.WaitingFor : snapshot?.WaitingFor,
            Failure = snapshot?.Failure ?? rollout?.Snapshot.Failure,
            SupersededBy = snapshot?.SupersededBy,
            ReceivedAt = release.ReceivedAt,
            FinishedAt = snapshot?.FinishedAt,
            Deploys = release.Push.Deploys,
            Output = snapshot?.Output,
            Stages =
            [
                .. (snapshot?.Stages ?? []).Select(StageView.Of),
                .. (rollout?.Snapshot.Stages ?? []).Select(StageView.Of),
            ],
            Hosts = [.. (rollout?.Snapshot.Hosts ?? []).Select(HostView.Of)],
            Approvals = rollout?.Snapshot.Approvals,
            Warnings = WarningsOf(release, rollout),
        };
    }

    private static string[]? WarningsOf(ReleaseRow release, RolloutRow? rollout)
    {
        string[] warnings =
        [
            .. rollout?.Snapshot.Warnings ?? [],
            .. release.ForgottenAt is { } forgotten
                ?
                [
                    $"Stages, hosts and logs of it were forgotten on {forgotten:yyyy-MM-dd} (ingress.release-retention).",
                ]
                : (string[])[],
            .. ReachedOnlyCanaries(release, rollout)
                ? [$"It reached no production host: none runs {release.Application}."]
                : (string[])[],
        ];
        return warnings.Length > 0 ? warnings : null;
    }

    /// <summary>A release may end well without having reached what people call production.</summary>
    private static bool ReachedOnlyCanaries(ReleaseRow release, RolloutRow? rollout) =>
        release.State == ReleaseStates.Completed
        && release.Push.Deploys
        && rollout is { Snapshot.Hosts: { Count: > 0 } hosts }
        && hosts.All(host => host.Channel == Channel.Canary);
}

/// <summary>A stage of a release.</summary>
internal sealed record StageView
{
    public required string Name { get; init; }

    public required StageState State { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Milliseconds from start to end; <c>null</c> until it has ended.</summary>
    public long? DurationMs { get; init; }

    public int Attempts { get; init; }

    public string? Detail { get; init; }

    public static StageView Of(StageSnapshot stage) =>
        new()
        {
            Name = stage.Name,
            State = stage.State,
            StartedAt = stage.StartedAt,
            FinishedAt = stage.FinishedAt,
            DurationMs = (long?)(stage.FinishedAt - stage.StartedAt)?.TotalMilliseconds,
            Attempts = stage.Attempts,
            Detail = stage.Detail,
        };
}

/// <summary>A host of a release's rollout.</summary>
internal sealed record HostView
{
    public required string Name { get; init; }

    public required Channel Channel { get; init; }

    public required string Step { get; init; }

    public required StageState State { get; init; }

    public string? Version { get; init; }

    public Failure? Failure { get; init; }

    public static HostView Of(HostSnapshot host) =>
        new()
        {
            Name = host.Name,
            Channel = host.Channel,
            Step = host.Step,
            State = host.State,
            Version = host.Version,
            Failure = host.Failure,
        };
}

/// <summary>A page of releases, newest first.</summary>
/// <param name="Releases">The page.</param>
/// <param name="Next">Where the next page begins, for <c>before</c>; <c>null</c>: this is the last one.</param>
internal sealed record ReleaseList(IReadOnlyList<ReleaseView> Releases, string? Next);
