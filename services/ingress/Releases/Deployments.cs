using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Hosting.Http;
using Canary.Ingress.Audit;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Releases;

/// <summary>A version that a person wants to have deployed.</summary>
internal sealed record DeploymentRequest
{
    /// <summary>A version, a commit, a release (each by its beginning, too), or <c>previous</c>; default:
    /// <c>previous</c>.</summary>
    public string? Target { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the canaries do not soak.</summary>
    public bool Fast { get; init; }

    /// <summary>Who asks; default <c>operator</c>.</summary>
    public string? By { get; init; }
}

/// <summary>Brings to the hosts what was published before: as a release of its own, or not at all and with the reason.</summary>
internal sealed class Deployments(
    IngressStore store,
    ReleaseQueries queries,
    AuditLog audit,
    IOutbox<IngressStore> outbox,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time
)
{
    private const string Previous = "previous";

    private const int ShortestPrefix = 4;

    /// <summary>How many of the newest releases are looked through; what is older has left the repository long ago.</summary>
    private const int Remembered = 1000;

    /// <summary>How many versions a refusal names.</summary>
    private const int Named = 5;

    public async Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> StartAsync(
        string application,
        DeploymentRequest? request,
        CancellationToken cancellationToken
    )
    {
        var releases = await ReleasesAsync(application, cancellationToken);
        if (releases.Count == 0)
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.ApplicationUnknown,
                $"There is no application '{PlainText.Line(application, 100)}'.",
                "See which there are: canary apps, or GET /api/applications."
            );
        }

        // A script whose variable is empty does not mean the version before.
        if (request?.Target is { } given && string.IsNullOrWhiteSpace(given))
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.VersionMissing,
                "The version to deploy is an empty text.",
                $"Name a version, a commit or a release, or '{Previous}'; leave it out for '{Previous}'."
            );
        }

        var target = PlainText.Line(request?.Target, 200) ?? Previous;
        var running = RunningOf(releases);
        var (found, problem) =
            target == Previous ? PreviousOf(releases, running) : Find(releases, application, target, running);
        return found is null
            ? problem!
            : await DeployAsync(
                found,
                releases,
                new Deployment
                {
                    Of = OriginOf(found),
                    Version = found.Version!,
                    By = PlainText.Line(request?.By, PushDraft.LongestPusher) ?? "operator",
                    Reason = PlainText.Line(request?.Reason, 500),
                    IsFast = request?.Fast ?? false,
                },
                holds: false,
                cancellationToken
            );
    }

    /// <summary>Undoes a release that has completed: deploys the version before it, and holds what is pushed next unless told otherwise.</summary>
    public async Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> UndoAsync(
        ReleaseRow release,
        Decision? decision,
        CancellationToken cancellationToken,
        bool holds = true
    )
    {
        var releases = await ReleasesAsync(release.Application, cancellationToken);
        var running = RunningOf(releases);
        if (running is null || running.Id != release.Id)
        {
            var previous = PreviousOf(releases, release).Found?.Version;
            return Conflict(
                IngressCodes.ReleaseNotNewest,
                $"{release.Application} has moved on since this release: {Describe(running)}.",
                previous is not null && previous == running?.Version
                        ? "Nothing is left to do: the version before it runs already."
                    : previous is null
                        ? $"Deploy the version that you want: canary deploy {release.Application} VERSION."
                    : $"Deploy the version that you want: canary deploy {release.Application} {previous}."
            );
        }

        var (found, problem) = PreviousOf(releases, running);
        return found is null
            ? problem!
            : await DeployAsync(
                found,
                releases,
                new Deployment
                {
                    Of = OriginOf(found),
                    Version = found.Version!,
                    By = Decision.ByOf(decision),
                    Reason = Decision.ReasonOf(decision),
                    IsFast = decision?.Fast ?? false,
                    Undoes = release.Id,
                },
                holds,
                cancellationToken,
                // Whoever says that production goes back is not asked whether it may.
                promotes: true
            );
    }

    /// <summary>Deploys once more what a release that has completed had published.</summary>
    public async Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> AgainAsync(
        ReleaseRow release,
        string by,
        bool promotes,
        CancellationToken cancellationToken
    ) =>
        await DeployAsync(
            release,
            await ReleasesAsync(release.Application, cancellationToken),
            new Deployment
            {
                Of = OriginOf(release),
                Version = release.Version ?? "",
                By = by,
                Reason = $"release {release.Id} again",
            },
            holds: false,
            cancellationToken,
            promotes
        );

    private async Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> DeployAsync(
        ReleaseRow found,
        List<ReleaseRow> releases,
        Deployment deployment,
        bool holds,
        CancellationToken cancellationToken,
        bool promotes = false
    )
    {
        var newest = releases.FirstOrDefault(x =>
            x.State == ReleaseStates.Completed || (IsUnderWay(x) && x.State != ReleaseStates.Held)
        );
        if (newest is not null && (newest.Version ?? VersionOf(releases, newest.Commit)) == found.Version)
        {
            return Conflict(
                IngressCodes.DeploymentChangesNothing,
                $"{found.Version} is what {found.Application} has: {Describe(newest)}. Nothing was started.",
                IsUnderWay(newest)
                    ? $"Follow it: canary releases watch {newest.Id}."
                    : $"To have other hosts than the present ones checked: canary hosts. Other versions: "
                        + $"{VersionsOf(releases.Where(x => x.Version != found.Version))}."
            );
        }

        var now = time.GetUtcNow();
        var id = Guid.NewGuid();
        var push = found.Push with
        {
            ReleaseId = id,
            IsRequested = true,
            Promotes = promotes,
            After = releases.Max(release => release.Number),
            ReceivedAt = now,
        };
        var command = new DeployRelease
        {
            ReleaseId = id,
            Application = found.Application,
            Push = push,
            Deployment = deployment,
            Holds = holds,
        };
        var row = ReleaseRow.For(push, run: 1, now);
        row.Deploy = command;
        row.PublishAt = now + options.CurrentValue.RepublishAfter;
        row.Published = 1;
        store.Releases.Add(row);
        outbox.Send(command);
        audit.Add(
            new AuditedDecision(
                deployment.Undoes is null ? AuditedActions.DeployVersion : AuditedActions.RollBackRelease,
                deployment.By,
                deployment.Reason
            )
            {
                Application = found.Application,
                ReleaseId = id,
                Detail = deployment.Version,
            }
        );
        await store.SaveChangesAsync(cancellationToken);
        return TypedResults.Accepted($"/api/releases/{id}", await queries.ViewAsync(row, cancellationToken));
    }

    /// <summary>The releases of an application that deploy, the newest first; those that have no place yet before all
    /// others.</summary>
    private async Task<List<ReleaseRow>> ReleasesAsync(string application, CancellationToken cancellationToken)
    {
        var rows = await store
            .Releases.AsNoTracking()
            .Where(x => x.Application == application)
            .OrderByDescending(x => x.Number)
            .ThenByDescending(x => x.Arrival)
            .Take(Remembered)
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.Where(x => x.Push.Deploys).OrderByDescending(x => x.Number == 0 && !ReleaseStates.IsFinal(x.State)),
        ];
    }

    private static bool IsUnderWay(ReleaseRow release) => !ReleaseStates.IsFinal(release.State);

    private static bool IsPublished(ReleaseRow release) =>
        release is { Version: not null, Snapshot: { } snapshot }
        && (
            snapshot.Deployment is not null
            || snapshot.State
                is ReleaseStates.Completed
                    or ReleaseStates.RollingOut
                    or ReleaseStates.RolledBack
                    or ReleaseStates.Held
            || snapshot.Stages.Any(stage => stage is { Name: "publish", State: Contracts.StageState.Succeeded })
        );

    /// <summary>The release that production has.</summary>
    private static ReleaseRow? RunningOf(List<ReleaseRow> releases) =>
        releases.FirstOrDefault(x => x.State == ReleaseStates.Completed && x.Version is not null);

    private static Guid OriginOf(ReleaseRow release) => release.Snapshot?.Deployment?.Of ?? release.Id;

    private static string? VersionOf(List<ReleaseRow> releases, string commit) =>
        releases.FirstOrDefault(x => x.Commit == commit && x.Version is not null)?.Version;

    /// <summary>The newest version before the one of a release that had completed.</summary>
    private static (ReleaseRow? Found, ProblemHttpResult? Problem) PreviousOf(
        List<ReleaseRow> releases,
        ReleaseRow? release
    )
    {
        var left = VersionsLeft(releases, release);
        var found = releases
            .SkipWhile(x => release is not null && x.Id != release.Id)
            .FirstOrDefault(x =>
                x.State == ReleaseStates.Completed && x.Version is not null && !left.Contains(x.Version)
            );
        return found is not null
            ? (found, null)
            : (
                null,
                Conflict(
                    IngressCodes.NoPreviousVersion,
                    $"There is no version before it that had completed: {Describe(release)}.",
                    "Deploy a version that was published: canary deploy APP VERSION. Published: "
                        + VersionsOf(releases)
                        + "."
                )
            );
    }

    /// <summary>The version of a release and those that people have rolled back to come to it: no way back leads to them again.
    /// </summary>
    private static HashSet<string?> VersionsLeft(List<ReleaseRow> releases, ReleaseRow? release)
    {
        var versions = new HashSet<string?>();
        while (release is not null)
        {
            versions.Add(release.Version);
            var undone = release.Snapshot?.Deployment?.Undoes;
            release = undone is null ? null : releases.Find(x => x.Id == undone);
        }

        return versions;
    }

    private static (ReleaseRow? Found, ProblemHttpResult? Problem) Find(
        List<ReleaseRow> releases,
        string application,
        string target,
        ReleaseRow? running
    )
    {
        var published = releases.Where(IsPublished).DistinctBy(x => x.Version).ToList();
        var exact = published.Where(x => x.Version == target).ToList();
        var word = target.ToLowerInvariant();
        var key = word.Replace("-", "", StringComparison.Ordinal);
        var found =
            exact.Count > 0
                ? exact
                : releases
                    .Where(IsPublished)
                    .Where(x =>
                        x.Version!.StartsWith(target, StringComparison.Ordinal)
                        || (
                            key.Length >= ShortestPrefix
                            && (
                                x.Commit.StartsWith(word, StringComparison.Ordinal)
                                || x.Key.StartsWith(key, StringComparison.Ordinal)
                            )
                        )
                    )
                    .DistinctBy(x => x.Version)
                    .ToList();
        return found switch
        {
            [var only] => (only, null),
            [] => (
                null,
                Conflict(
                    IngressCodes.VersionUnknown,
                    $"Nothing that {application} has published is called '{target}'; {Describe(running)}.",
                    $"The nearest: {VersionsOf(published.OrderBy(x => Distance(x, target)))}. To release a commit that was "
                        + "not published yet: canary run --commit COMMIT."
                )
            ),
            _ => (
                null,
                Conflict(
                    IngressCodes.VersionAmbiguous,
                    $"'{target}' stands for several versions of {application}.",
                    $"Give more of it: {VersionsOf(found)}."
                )
            ),
        };
    }

    /// <summary>What begins in the same way is near.</summary>
    private static int Distance(ReleaseRow release, string target)
    {
        return -new[] { release.Version!, release.Commit, release.Key }.Max(Common);

        int Common(string name) => name.Zip(target).TakeWhile(pair => pair.First == pair.Second).Count();
    }

    private static string VersionsOf(IEnumerable<ReleaseRow> releases) =>
        releases.Where(IsPublished).Select(x => x.Version!).Distinct().Take(Named).ToList() is { Count: > 0 } versions
            ? string.Join(", ", versions)
            : "none";

    private static string Describe(ReleaseRow? release) =>
        release is null ? "no version of it runs in production"
        : IsUnderWay(release) ? $"release {release.Id} of it is under way"
        : $"{release.Version} runs, by release {release.Id}";

    private static ProblemHttpResult Conflict(string code, string detail, string remedy) =>
        Problems.Result(StatusCodes.Status409Conflict, code, detail, remedy);
}
