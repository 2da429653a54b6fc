using System.Globalization;
using Canary.Hosting.Http;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.PullRequests;

/// <summary>Takes in that a person approves a commit of a fork: that one, and no other.</summary>
internal sealed class PullRequestDecisions(
    IngressStore store,
    PullRequestQueries queries,
    PullRequestBuilds builds,
    PullRequestWorker worker,
    RepositoryRegistry registry,
    AuditLog audit
)
{
    public async Task<Results<Ok<PullRequestView>, ProblemHttpResult>> ApproveAsync(
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

        if (registry.Find(pull.Repository, SourceKind.Github) is not { BuildsPullRequests: true })
        {
            return Problems.Result(
                StatusCodes.Status409Conflict,
                IngressCodes.PullRequestsOff,
                $"Pull requests of {pull.Repository} are not built any more.",
                $"Say 'pull-requests: true' in the entry of {pull.Repository} in ingress.repositories."
            );
        }

        build.ApprovedBy = PlainText.Line(approval.By, PushDraft.LongestPusher) ?? "operator";
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
