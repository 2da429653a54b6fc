using Canary.CiCoordinator;
using Canary.CiCoordinator.Releases;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Deployer;
using Canary.Deployer.Convergence;
using Canary.Deployer.Rollouts;
using Canary.Simulation.Tests.Walk;
using Canary.Simulation.Tests.World;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Simulation.Tests.Audit;

/// <summary>What must hold whenever nothing is left to do but for people.</summary>
internal sealed class QuietAudit(SimulatedCanary canary, Ledger ledger, Fleet fleet)
{
    private static readonly string[] Reasons =
    [
        "aborted",
        "build-failed",
        "canaries-unreachable",
        "canary-failed",
        "commit-not-on-branch",
        "rollback-incomplete",
        "rolled-back",
        "wave-failed",
    ];

    /// <returns>What does not hold, or not yet.</returns>
    public async Task<IReadOnlyList<string>> LookAsync()
    {
        var state = await State.ReadAsync(canary);
        return
        [
            .. UnfinishedIn(state),
            .. UnreleasedIn(state),
            .. FailedIn(state),
            .. Application.All.SelectMany(application => OrderAudit.Look(state.Releases, ledger, application.Name)),
            .. Application.All.SelectMany(application => VersionsOf(state, application.Name)),
            .. await ShownOtherwiseAsync(state),
            .. canary.Errors.Messages,
        ];
    }

    private static IEnumerable<string> UnfinishedIn(State state) =>
        from release in state.Releases
        where !ReleaseStates.IsFinal(release.CurrentState) && !WaitsForPerson(state, release)
        select $"the release {release.CorrelationId} of {release.Push.Application} {release.Push.Source.Commit[..7]} is "
            + $"{release.CurrentState}, its rollout {state.RolloutOf(release)?.CurrentState ?? "none"}, and no person is asked "
            + $"({release.WaitingFor} {state.RolloutOf(release)?.WaitingFor})";

    /// <summary>Only commits that are ill, hosts that are away, and people end a release before production has it.</summary>
    private static IEnumerable<string> FailedIn(State state) =>
        from release in state.Releases
        where release.Failure is { } failure && !Reasons.Contains(failure.Code)
        select $"the release {release.CorrelationId} of {release.Push.Application} {release.Push.Source.Commit[..7]} is "
            + $"{release.CurrentState}: {release.Failure!.Message}";

    private static bool WaitsForPerson(State state, ReleaseState release) =>
        release.CurrentState == ReleaseStates.Held
        || (
            state.RolloutOf(release) is { } rollout
            && (
                IsAsking(rollout)
                || (
                    rollout.CurrentState == RolloutStates.Queued
                    && state.ActiveOf(rollout.Application) is { } active
                    && IsAsking(active)
                )
            )
        );

    private static bool IsAsking(RolloutState rollout) =>
        rollout.CurrentState is RolloutStates.AwaitingPromotion or RolloutStates.Paused;

    private IEnumerable<string> UnreleasedIn(State state) =>
        from push in ledger.Deliveries
        let id = ReleaseId.Of(push.Application, push.Commit, push.Deploys)
        where state.Releases.All(release => release.CorrelationId != id)
        select $"the push of {push.Application} {push.Commit} has no release";

    /// <summary>What the channels advertise, and what the hosts run.</summary>
    private IEnumerable<string> VersionsOf(State state, string application)
    {
        var active = state.ActiveOf(application);
        var completed = state
            .Releases.Where(it =>
                it.Push.Application == application && it is { CurrentState: ReleaseStates.Completed, Number: > 0 }
            )
            .MaxBy(it => it.Number)
            ?.Package?.Version;
        var lane = state.Lanes.SingleOrDefault(it => it.Application == application)?.CompletedVersion;
        if (lane != completed)
        {
            yield return $"the last release of {application} that completed is {completed}, and the deployer's is {lane}";
        }

        if (completed is null)
        {
            yield break;
        }

        var asking = active is not null && IsAsking(active) ? active : null;
        var onCanaries = new ListedPackage(application, asking?.Package.Version ?? completed, IsHeldBack: false);
        if (state.Canaries.CandidateOf(application) is var offered && offered != onCanaries)
        {
            yield return $"canaries are offered {offered}, not {onCanaries}";
        }

        var inProduction = asking is { Wave: > 0 }
            ? onCanaries with
            {
                IsHeldBack = true,
            }
            : new ListedPackage(application, completed, IsHeldBack: false);
        if (state.Production.CandidateOf(application) is var listed && listed != inProduction)
        {
            yield return $"production is offered {listed}, not {inProduction}";
        }

        foreach (var host in fleet.Hosts)
        {
            if (ProblemOn(host, application, completed, active, state) is { } problem)
            {
                yield return problem;
            }
        }
    }

    private string? ProblemOn(string host, string application, string completed, RolloutState? active, State state)
    {
        var has = canary.Machines.VersionOn(host, application);
        var isInHand =
            active is not null && state.Rows.Exists(it => it.Host == host && it.RolloutId == active.CorrelationId);
        var waits = active is not null && host.StartsWith("canary", StringComparison.Ordinal);
        if (has == completed || isInHand || waits)
        {
            return null;
        }

        // Hosts that are away; and those that join while an older version is on its way: apt would take what is newer than that.
        var isExcused = canary.Machines.IsUnavailable(host) || !state.Production.Lists(application, completed);
        var record = state.Records.Find(it => it.Host == host && it.Application == application);
        return !isExcused ? $"{host} runs {application} {has}, not {completed} ({record?.Failure?.Message})"
            : record is { Failure: null, DriftsSince: null } or null
                ? $"{host} runs {application} {has}, not {completed}, and nothing tells so"
            : null;
    }

    /// <summary>The read model says the same as the saga.</summary>
    private async Task<IEnumerable<string>> ShownOtherwiseAsync(State state)
    {
        var shown = (await canary.ReleasesAsync("state=active&limit=500")).Select(it => Guid.Parse(it.Id)).ToHashSet();
        var open = state
            .Releases.Where(it => !ReleaseStates.IsFinal(it.CurrentState))
            .Select(it => it.CorrelationId)
            .ToHashSet();
        shown.SymmetricExceptWith(open);
        return shown.Select(id =>
            $"the release {id} is shown as {(open.Contains(id) ? "ended" : "active")}, and is not"
        );
    }
}

/// <summary>What the services have recorded.</summary>
internal sealed record State(
    IReadOnlyList<ReleaseState> Releases,
    IReadOnlyList<RolloutState> Rollouts,
    IReadOnlyList<RolloutLane> Lanes,
    List<RolloutHost> Rows,
    List<HostRecord> Records,
    SuiteIndex Production,
    SuiteIndex Canaries
)
{
    public static async Task<State> ReadAsync(SimulatedCanary canary)
    {
        await using var scope = canary.Services.CreateAsyncScope();
        var releases = scope.ServiceProvider.GetRequiredService<ReleaseStore>();
        var deployer = scope.ServiceProvider.GetRequiredService<DeployerStore>();
        var rollouts = await deployer
            .Rollouts.AsNoTracking()
            .Where(it =>
                it.CurrentState != RolloutStates.Completed
                && it.CurrentState != RolloutStates.RolledBack
                && it.CurrentState != RolloutStates.Failed
                && it.CurrentState != RolloutStates.Superseded
            )
            .ToListAsync();
        var ids = rollouts.Select(it => it.CorrelationId).ToList();
        return new State(
            await releases.Releases.AsNoTracking().ToListAsync(),
            rollouts,
            await deployer.Lanes.AsNoTracking().ToListAsync(),
            await deployer.Hosts.AsNoTracking().Where(row => ids.Contains(row.RolloutId)).ToListAsync(),
            await deployer.HostRecords.AsNoTracking().ToListAsync(),
            await canary.IndexAsync("production"),
            await canary.IndexAsync("canary")
        );
    }

    /// <summary>How many releases are in which state, and why.</summary>
    public IReadOnlyDictionary<string, int> Outcomes =>
        Releases
            .CountBy(it => it.Failure is { } failure ? $"{it.CurrentState} ({failure.Code})" : it.CurrentState)
            .ToDictionary();

    /// <summary>The rollout of a release, unless it has ended.</summary>
    public RolloutState? RolloutOf(ReleaseState release) =>
        Rollouts.FirstOrDefault(it => it.ReleaseId == release.CorrelationId);

    /// <summary>The rollout of an application that has its turn.</summary>
    public RolloutState? ActiveOf(string application) =>
        Rollouts.FirstOrDefault(it => it.Application == application && it.CurrentState != RolloutStates.Queued);
}
