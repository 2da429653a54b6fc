using System.Net.Mime;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Logs;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.PullRequests;

/// <summary>Pull requests over HTTP.</summary>
internal static class PullRequestEndpoints
{
    private const string TextType = "text/plain; charset=utf-8";

    private const string Stage = "build";

    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapPullRequests(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(
                "/pulls",
                async (
                    PullRequestQueries pulls,
                    CancellationToken cancellationToken,
                    string? application = null,
                    bool all = false
                ) => TypedResults.Ok(await pulls.ListAsync(application, all, cancellationToken))
            )
            .WithName("ListPullRequests")
            .WithSummary(
                "Lists open pull requests with the build of their head; with all=true also those that were closed."
            );
        routes
            .MapGet("/pulls/{application}/{number:int}", ShowAsync)
            .WithName("ShowPullRequest")
            .WithSummary("Shows a pull request and its builds.");
        routes
            .MapGet("/pulls/{application}/{number:int}/logs", ReadLogAsync)
            .Followed()
            .WithName("ReadPullRequestLog")
            .WithSummary(
                "Reads the log of the build of a pull request's head, or of another commit; with follow=true until it is complete."
            )
            .Produces<string>(StatusCodes.Status200OK, MediaTypeNames.Text.Plain);
        routes
            .MapPost(
                "/pulls/{application}/{number:int}/approve",
                (
                    string application,
                    int number,
                    PullRequestApproval approval,
                    PullRequestDecisions decisions,
                    CancellationToken cancellationToken,
                    string? repository = null
                ) => decisions.ApproveAsync(application, number, repository, approval, cancellationToken)
            )
            .RequireOperator()
            .WithName("ApprovePullRequest")
            .WithSummary("Has exactly this commit of a fork built.");
        routes
            .MapPost(
                "/pulls/{application}/{number:int}/retry",
                (
                    string application,
                    int number,
                    PullRequestRetry retry,
                    PullRequestDecisions decisions,
                    CancellationToken cancellationToken,
                    string? repository = null
                ) => decisions.RetryAsync(application, number, repository, retry, cancellationToken)
            )
            .RequireOperator()
            .WithName("RetryPullRequest")
            .WithSummary("Has the head of a pull request built once more.");
    }

    private static async Task<Results<Ok<PullRequestView>, ProblemHttpResult>> ShowAsync(
        string application,
        int number,
        PullRequestQueries pulls,
        CancellationToken cancellationToken,
        string? repository = null
    )
    {
        var (pull, problem) = await pulls.FindAsync(application, number, repository, cancellationToken);
        return pull is null ? problem! : TypedResults.Ok(await pulls.ShowAsync(pull, cancellationToken));
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> ReadLogAsync(
        string application,
        int number,
        HttpContext context,
        PullRequestQueries pulls,
        LogReader reader,
        string? repository = null,
        string? commit = null,
        bool follow = false,
        long offset = 0
    )
    {
        var (pull, problem) = await pulls.FindAsync(application, number, repository, context.RequestAborted);
        if (pull is null)
        {
            return problem!;
        }

        var build = await pulls.BuildAsync(pull, commit, context.RequestAborted);
        if (build is null || offset < 0 || (!follow && !reader.Exists(build.Id, Stage)))
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.LogUnknown,
                build is null
                    ? $"No build of the pull request {number} is of the commit {PlainText.Line(commit, 64) ?? "that is its head"}."
                    : $"The build of {build.Commit[..12]} has no log so far: it is {build.State}.",
                $"See its builds: canary pulls show {application} {number}."
            );
        }

        context.Response.ContentType = TextType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await reader.WriteAsync(build.Id, Stage, follow, offset, context);
        return TypedResults.Empty;
    }
}
