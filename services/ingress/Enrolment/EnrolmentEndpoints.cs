using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Canary.Ingress.Enrolment;

/// <summary>How hosts are set up, and how they say who they are.</summary>
internal static class EnrolmentEndpoints
{
    /// <summary>Enough for the keys of a host.</summary>
    private const int LongestFacts = 8 << 10;

    public static void MapEnrolment(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost(
                "/hosts/enrolment",
                (HostFacts facts, Enrolments enrolments, CancellationToken cancellationToken) =>
                    enrolments.EnrolAsync(facts, cancellationToken)
            )
            .WithTokensOfItsOwn()
            .OpenToStrangers()
            .UnderAnyHostName()
            .WithMetadata(new RequestSizeLimitAttribute(LongestFacts))
            .WithName("EnrolHost")
            .WithSummary("Takes the fingerprints of a host that was set up, with the token that it was set up with.");
        routes
            .MapGet(HostSetup.ScriptPath, GetScriptAsync)
            .OpenToStrangers()
            .UnderAnyHostName()
            .WithName("GetHostSetup")
            .WithSummary("Gets the script that sets up a host. It has no secret.");
    }

    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapEnrolments(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/hosts/setup", ShowAsync)
            .WithName("ShowHostSetup")
            .WithSummary("Says where the script is that sets up a host, its SHA-256, and whom it trusts.");
        routes
            .MapPost(
                "/hosts/enrolments",
                (EnrolmentRequest request, EnrolmentTokens tokens, CancellationToken cancellationToken) =>
                    tokens.IssueAsync(request, cancellationToken)
            )
            .RequireOperator()
            .WithName("IssueEnrolment")
            .WithSummary("Issues a token that hosts enrol with, each of them once.");
    }

    private static async Task<Results<Utf8ContentHttpResult, ProblemHttpResult>> GetScriptAsync(
        HostSetup setup,
        CancellationToken cancellationToken
    )
    {
        var (_, script, problem) = await setup.MakeAsync(cancellationToken);
        return problem is null
            ? TypedResults.Text(script, "text/x-shellscript; charset=utf-8", StatusCodes.Status200OK)
            : problem;
    }

    private static async Task<Results<Ok<HostSetupView>, ProblemHttpResult>> ShowAsync(
        HostSetup setup,
        CancellationToken cancellationToken
    )
    {
        var (view, _, problem) = await setup.MakeAsync(cancellationToken);
        return view is null ? problem! : TypedResults.Ok(view);
    }
}
