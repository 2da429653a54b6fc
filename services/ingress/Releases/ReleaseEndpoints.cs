using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Audit;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Releases;

/// <summary>Releases over HTTP: what there is, and what a person decides.</summary>
internal static class ReleaseEndpoints
{
    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapReleases(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/releases", ListAsync).WithName("ListReleases").WithSummary("Lists releases, newest first.");
        routes
            .MapGet("/releases/{id}", GetAsync)
            .WithName("GetRelease")
            .WithSummary("Shows a release: by id, the beginning of an id, APPLICATION@COMMIT, or latest.");
    }

    /// <param name="routes">Routes under <c>/api</c> that change something.</param>
    public static void MapDecisions(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost(
                "/releases",
                (ManualRunRequest request, ManualRun run, CancellationToken cancellationToken) =>
                    run.StartAsync(request, cancellationToken)
            )
            .RequireOperator()
            .WithName("StartRelease")
            .WithSummary("Starts a release by hand.");
        routes
            .MapPost(
                "/releases/{id}/retry",
                (string id, Decision? decision, ManualRun run, CancellationToken cancellationToken) =>
                    run.RepeatAsync(id, decision, cancellationToken)
            )
            .RequireOperator()
            .WithName("RetryRelease")
            .WithSummary(
                "Releases the commit of a release that has ended once more; of one that completed, deploys its version."
            );
        routes
            .MapPost(
                "/applications/{application}/deployments",
                (
                    string application,
                    DeploymentRequest? request,
                    Deployments deployments,
                    CancellationToken cancellationToken
                ) => deployments.StartAsync(application, request, cancellationToken)
            )
            .RequireOperator()
            .WithName("DeployVersion")
            .WithSummary("Deploys what was published before: a version, a commit, a release, or the previous version.");
        routes
            .MapPost(
                "/applications/{application}/hold",
                (string application, Decision? decision, HoldDecisions holds, CancellationToken cancellationToken) =>
                    holds.HoldAsync(application, decision, cancellationToken)
            )
            .RequireOperator()
            .WithName("HoldApplication")
            .WithSummary("Holds the automatic deployments of an application.");
        routes
            .MapPost(
                "/applications/{application}/resume",
                (string application, Decision? decision, HoldDecisions holds, CancellationToken cancellationToken) =>
                    holds.ResumeAsync(application, decision, cancellationToken)
            )
            .RequireOperator()
            .WithName("ResumeApplication")
            .WithSummary("Resumes the automatic deployments of an application.");
        routes
            .MapPost("/releases/{id}/promote", PromoteAsync)
            .RequireOperator()
            .WithName("PromoteRelease")
            .WithSummary("Lets a release whose canaries are healthy go on to production.");
        routes
            .MapPost("/releases/{id}/rollback", RollBackAsync)
            .RequireOperator()
            .WithName("RollBackRelease")
            .WithSummary(
                "Rolls a release back: every host that has the version gets the one before. Of one that has completed, the "
                    + "version before it is deployed, over the canaries, without asking for a promotion. Automatic deployments "
                    + "are held afterwards."
            );
        routes
            .MapPost("/releases/{id}/abort", AbortAsync)
            .RequireOperator()
            .WithName("AbortRelease")
            .WithSummary("Stops a release; if it has reached a host, this is a rollback.");
    }

    private static async Task<Results<Ok<ReleaseList>, ProblemHttpResult>> ListAsync(
        ReleaseQueries queries,
        CancellationToken cancellationToken,
        string? application = null,
        string? state = null,
        string? before = null,
        int limit = ReleaseQueries.DefaultLimit
    )
    {
        var states = string.IsNullOrEmpty(state) ? null : StateFilter.Parse(state);
        if (states is null && !string.IsNullOrEmpty(state))
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.StateUnknown,
                $"'{PlainText.Line(state, 50)}' is no state of a release.",
                $"Use one of {StateFilter.Names}."
            );
        }

        var place = PageCursor.Parse(before);
        if (place is null && !string.IsNullOrEmpty(before))
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.PageUnknown,
                $"'{PlainText.Line(before, 100)}' is no place in the list.",
                "Use 'next' of the page before, as it is; leave it out for the first page."
            );
        }

        var name = string.IsNullOrEmpty(application) ? null : application;
        return TypedResults.Ok(await queries.ListAsync(name, states, place, limit, cancellationToken));
    }

    private static async Task<Results<Ok<ReleaseView>, ProblemHttpResult>> GetAsync(
        string id,
        ReleaseQueries queries,
        CancellationToken cancellationToken
    )
    {
        var lookup = await queries.FindAsync(id, cancellationToken);
        return lookup.Release is { } release
            ? TypedResults.Ok(await queries.ViewAsync(release, cancellationToken))
            : lookup.Problem!;
    }

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> PromoteAsync(
        string id,
        Decision? decision,
        Decisions decisions,
        CancellationToken cancellationToken
    ) =>
        decisions.TakeAsync(
            id,
            Decision.Of(AuditedActions.PromoteRelease, decision),
            release => Decisions.WhyNotPromote(release) ?? Decisions.WhyNotBy(release, Decision.ByOf(decision)),
            release => new PromoteRelease { ReleaseId = release.Id, By = Decision.ByOf(decision) },
            cancellationToken
        );

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> RollBackAsync(
        string id,
        Decision? decision,
        Deployments deployments,
        Decisions decisions,
        CancellationToken cancellationToken
    ) =>
        decisions.TakeAsync(
            id,
            Decision.Of(AuditedActions.RollBackRelease, decision),
            Decisions.WhyNotRollBack,
            release => new RollBackRelease
            {
                ReleaseId = release.Id,
                By = Decision.ByOf(decision),
                Reason = Decision.ReasonOf(decision),
            },
            cancellationToken,
            completed => deployments.UndoAsync(completed, decision, cancellationToken)
        );

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> AbortAsync(
        string id,
        Decision? decision,
        Decisions decisions,
        CancellationToken cancellationToken
    ) =>
        decisions.TakeAsync(
            id,
            Decision.Of(AuditedActions.AbortRelease, decision),
            Decisions.WhyNotAbort,
            release => new AbortRelease
            {
                ReleaseId = release.Id,
                By = Decision.ByOf(decision),
                Reason = Decision.ReasonOf(decision),
            },
            cancellationToken
        );
}

/// <summary>What a person says to a decision.</summary>
internal sealed record Decision
{
    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Who; default <c>operator</c>.</summary>
    public string? By { get; init; }

    /// <summary>Whether the canaries do not soak, where a completed release is rolled back.</summary>
    public bool Fast { get; init; }

    /// <summary>Whether what <c>script/pre-deploy</c> does is done, where a release is repeated: it is left out.</summary>
    public bool PreDeployDone { get; init; }

    public static string ByOf(Decision? decision) =>
        PlainText.Line(decision?.By, PushDraft.LongestPusher) ?? "operator";

    public static string? ReasonOf(Decision? decision) => PlainText.Line(decision?.Reason, 500);

    /// <summary>For the record.</summary>
    public static AuditedDecision Of(string action, Decision? decision) =>
        new(action, ByOf(decision), ReasonOf(decision));
}

/// <summary>Passes a decision on if it applies to the release as it is known here; the saga has the last word.</summary>
internal sealed class Decisions(
    IngressStore store,
    ReleaseQueries queries,
    AuditLog audit,
    IOutbox<IngressStore> outbox
)
{
    /// <summary>Tries of a decision about a release that moves on meanwhile.</summary>
    private const int MostAttempts = 10;

    /// <param name="id">What a person calls the release.</param>
    /// <param name="decision">For the record.</param>
    /// <param name="whyNot">Why it does not apply, if it does not.</param>
    /// <param name="command">What to tell the saga.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="whenCompleted">What is done instead for a release that has been deployed.</param>
    public async Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> TakeAsync<TCommand>(
        string id,
        AuditedDecision decision,
        Func<ReleaseView, string?> whyNot,
        Func<ReleaseRow, TCommand> command,
        CancellationToken cancellationToken,
        Func<ReleaseRow, Task<Results<Accepted<ReleaseView>, ProblemHttpResult>>>? whenCompleted = null
    )
        where TCommand : class
    {
        for (var attempt = 1; ; attempt++)
        {
            var lookup = await queries.FindAsync(id, cancellationToken);
            if (lookup.Release is not { } release)
            {
                return lookup.Problem!;
            }

            if (whenCompleted is not null && release is { State: ReleaseStates.Completed, Push.Deploys: true })
            {
                return await whenCompleted(release);
            }

            var view = await queries.ViewAsync(release, cancellationToken);
            if (WhyNever(view) is { } never)
            {
                return never;
            }

            if (whyNot(view) is { } reason)
            {
                return Conflict(view, IngressCodes.DecisionNotApplicable, reason);
            }

            outbox.Send(command(release));
            audit.Add(decision with { Application = release.Application, ReleaseId = release.Id });
            BindTo(release);
            try
            {
                await store.SaveChangesAsync(cancellationToken);
                return TypedResults.Accepted($"/api/releases/{view.Id}", view);
            }
            catch (DbUpdateConcurrencyException) when (attempt < MostAttempts)
            {
                store.ChangeTracker.Clear();
                // The latest may be another one by now.
                id = $"{release.Id}";
            }
        }
    }

    public static string? WhyNotPromote(ReleaseView release) =>
        !release.Deploys ? $"The release of the branch {release.Branch} is built and reported, not deployed."
        : release.Phase is RolloutStates.AwaitingPromotion or RolloutStates.Soaking ? null
        : release.State != ReleaseStates.RollingOut
            ? $"The release is {StateWords.Of(release.Phase)}; a release can be promoted when its canaries run and are healthy."
        : release.Phase is RolloutStates.DeployingWave ? "The release is on its way to production already."
        : $"The rollout is {StateWords.Of(release.Phase)}; it can be promoted when its canaries run and are healthy.";

    /// <summary>Why this person's approval adds nothing; the saga counts.</summary>
    public static string? WhyNotBy(ReleaseView release, string by) =>
        release.Approvals is not { } approvals ? null
        : string.Equals(by, approvals.NotBy, StringComparison.OrdinalIgnoreCase)
            ? $"It is {by}'s own release: somebody else has to promote it."
        : approvals.By.Contains(by, StringComparer.OrdinalIgnoreCase)
            ? $"{by} has approved already; {approvals.Required} different people have to."
        : null;

    public static string? WhyNotRollBack(ReleaseView release) =>
        release.Phase == RolloutStates.RollingBack ? "The release is being rolled back already." : null;

    public static string? WhyNotAbort(ReleaseView release) =>
        release.Phase == RolloutStates.RollingBack ? "The release is being rolled back already." : null;

    /// <summary>Saves nothing if the release has moved on since it was read: who makes up for late rollbacks has looked for this one already.</summary>
    private void BindTo(ReleaseRow release) => store.Attach(release).Property(it => it.Revision).IsModified = true;

    private static ProblemHttpResult? WhyNever(ReleaseView release) =>
        ReleaseStates.IsFinal(release.State)
            ? Conflict(
                release,
                IngressCodes.ReleaseFinished,
                $"The release is {StateWords.Of(release.State)} and has ended."
            )
        : release.State == ReleaseView.Received
            ? Problems.Result(
                StatusCodes.Status409Conflict,
                IngressCodes.ReleaseNotStarted,
                "The release was received and has not started yet.",
                "Try again in a moment; if it does not start, look at 'canary doctor'."
            )
        : null;

    private static ProblemHttpResult Conflict(ReleaseView release, string code, string detail) =>
        Problems.Result(
            StatusCodes.Status409Conflict,
            code,
            detail,
            $"See how far it is: canary releases show {release.Id}."
        );
}
