using System.Globalization;
using Canary.Hosting.Http;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.PullRequests;

/// <summary>Takes in what people decide: that a commit of a fork is built, that one and no other, and that one is built again.</summary>
internal sealed class PullRequestDecisions(
    IngressStore store,
    PullRequestQueries queries,
    PullRequestBuilds builds,
    PullRequestWorker worker,
    RepositoryRegistry registry,
    AuditLog audit
)
{
    /// <summary>Tries of a decision about a pull request that is looked at, or reported, meanwhile.</summary>
    private const int MostAttempts = 10;

    public Task<Results<Ok<PullRequestView>, ProblemHttpResult>> ApproveAsync(
        string application,
        int number,
        string? repository,
        PullRequestApproval approval,
        CancellationToken cancellation
    ) => DecideAsync(() => TryApproveAsync(application, number, repository, approval, cancellation));

    public Task<Results<Ok<PullRequestView>, ProblemHttpResult>> RetryAsync(
        string application,
        int number,
        string? repository,
        PullRequestRetry retry,
        CancellationToken cancellation
    ) => DecideAsync(() => TryRetryAsync(application, number, repository, retry, cancellation));

    private async Task<Results<Ok<PullRequestView>, ProblemHttpResult>> DecideAsync(
        Func<Task<Results<Ok<PullRequestView>, ProblemHttpResult>>> decide
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await decide();
            }
            catch (DbUpdateException) when (attempt < MostAttempts)
            {
                // By what it is now.
                store.ChangeTracker.Clear();
            }
        }
    }

    private async Task<Results<Ok<PullRequestView>, ProblemHttpResult>> TryApproveAsync(
        string application,
        int number,
        string? repository,
        PullRequestApproval approval,
        CancellationToken cancellation
    )
    {
        if (approval.Commit is not { } commit || !GitNames.IsCommit(commit))
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.CommitInvalid,
                $"'{PlainText.Line(approval.Commit, 100)}' is not a full commit id.",
                "Name the commit that is approved by all of its 40 (or 64) lower-case hexadecimal digits."
            );
        }

        var (pull, problem) = await queries.FindAsync(application, number, repository, cancellation);
        if (pull is null)
        {
            return problem!;
        }

        var build = await builds.NewestAsync(pull, cancellation);
        if (build is { ApprovedBy: not null } && build.Commit == commit)
        {
            return TypedResults.Ok(await queries.ShowAsync(pull, cancellation));
        }

        if (build is not { State: PullRequestStates.Waiting } || build.Commit != commit)
        {
            return NotWaiting(pull, build, commit);
        }

        if (!IsBuilt(pull))
        {
            return Off(pull);
        }

        build.ApprovedBy = PersonOf(approval.By);
        builds.Begin(build);
        audit.Add(
            new AuditedDecision(
                AuditedActions.ApprovePullRequest,
                build.ApprovedBy,
                PlainText.Line(approval.Reason, 500)
            )
            {
                Application = pull.Application,
                Detail = string.Create(CultureInfo.InvariantCulture, $"{pull.Repository}#{number}, commit {commit}"),
            }
        );
        await store.SaveChangesAsync(cancellation);
        worker.Wake.Set();
        return TypedResults.Ok(await queries.ShowAsync(pull, cancellation));
    }

    private async Task<Results<Ok<PullRequestView>, ProblemHttpResult>> TryRetryAsync(
        string application,
        int number,
        string? repository,
        PullRequestRetry retry,
        CancellationToken cancellation
    )
    {
        var (pull, problem) = await queries.FindAsync(application, number, repository, cancellation);
        if (pull is null)
        {
            return problem!;
        }

        if (!IsBuilt(pull))
        {
            return Off(pull);
        }

        if (!pull.IsOpen || await builds.NewestAsync(pull, cancellation) is not { HasEnded: true } newest)
        {
            return Problems.Result(
                StatusCodes.Status409Conflict,
                IngressCodes.PullRequestNotEnded,
                pull.IsOpen ? "Its build has not ended." : "The pull request is closed.",
                $"See how it is: canary pulls show {pull.Application} {pull.Number}."
            );
        }

        await builds.RetryAsync(pull, newest, cancellation);
        pull.Version++;
        audit.Add(
            new AuditedDecision(AuditedActions.RetryPullRequest, PersonOf(retry.By), PlainText.Line(retry.Reason, 500))
            {
                Application = pull.Application,
                Detail = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{pull.Repository}#{number}, commit {newest.Commit}"
                ),
            }
        );
        await store.SaveChangesAsync(cancellation);
        worker.Wake.Set();
        return TypedResults.Ok(await queries.ShowAsync(pull, cancellation));
    }

    private bool IsBuilt(PullRequestRow pull) =>
        registry.Find(pull.Repository, SourceKind.Github) is { BuildsPullRequests: true };

    private static string PersonOf(string? by) => PlainText.Line(by, PushDraft.LongestPusher) ?? "operator";

    private static ProblemHttpResult Off(PullRequestRow pull) =>
        Problems.Result(
            StatusCodes.Status409Conflict,
            IngressCodes.PullRequestsOff,
            $"Pull requests of {pull.Repository} are not built any more.",
            $"Say 'pull-requests: true' in the entry of {pull.Repository} in ingress.repositories."
        );

    private static ProblemHttpResult NotWaiting(PullRequestRow pull, PullRequestBuildRow? build, string commit) =>
        Problems.Result(
            StatusCodes.Status409Conflict,
            IngressCodes.PullRequestNotWaiting,
            build is null ? $"The head of the pull request {pull.Number} is not known yet."
                : build.Commit != commit
                    ? $"The head of the pull request {pull.Number} is {build.Commit}, and not {commit}: nothing was approved."
                : $"The commit {commit} of the pull request {pull.Number} does not wait for an approval.",
            $"Look at what it brings now: canary pulls show {pull.Application} {pull.Number}."
        );
}
