using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Hosting.Security;
using Canary.Ingress.Audit;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Releases;

/// <summary>Steers a rollout: pauses and resumes it, and treats single hosts otherwise. Passed on to the deployer, whose rollout has
/// the id of its release.</summary>
internal static class Steering
{
    public static void MapSteering(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/releases/{id}/pause", PauseAsync)
            .RequireOperator()
            .WithName("PauseRelease")
            .WithSummary("Begins no further host until the release is resumed; what is under way on a host ends.");
        routes
            .MapPost("/releases/{id}/resume", ResumeAsync)
            .RequireOperator()
            .WithName("ResumeRelease")
            .WithSummary(
                "Goes on from where the release was paused, or from a wave that failed: then without the hosts that failed."
            );
        routes
            .MapPost("/releases/{id}/override", OverrideAsync)
            .RequireOperator()
            .WithName("OverrideGates")
            .WithSummary("Has the release go on in spite of windows and freezes; needs a reason.");
        routes
            .MapPost("/releases/{id}/hosts/{host}/retry", RetryHostAsync)
            .RequireOperator()
            .WithName("RetryHost")
            .WithSummary("Tries a host of the release again that failed.");
        routes
            .MapPost("/releases/{id}/hosts/{host}/skip", SkipHostAsync)
            .RequireOperator()
            .WithName("SkipHost")
            .WithSummary("Leaves a host out of the release: its failure does not count, and it converges later.");
    }

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> PauseAsync(
        string id,
        Decision? decision,
        Decisions decisions,
        CancellationToken cancellationToken
    ) =>
        decisions.TakeAsync(
            id,
            Decision.Of(AuditedActions.PauseRelease, decision),
            release =>
                WhyNotSteer(release)
                ?? (release.Phase == RolloutStates.Paused ? "The release is paused already." : null),
            release => new PauseRollout
            {
                RolloutId = release.Id,
                By = Decision.ByOf(decision),
                Reason = Decision.ReasonOf(decision),
            },
            cancellationToken
        );

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> ResumeAsync(
        string id,
        Decision? decision,
        Decisions decisions,
        CancellationToken cancellationToken
    ) =>
        decisions.TakeAsync(
            id,
            Decision.Of(AuditedActions.ResumeRelease, decision),
            WhyNotSteer,
            release => new ResumeRollout { RolloutId = release.Id, By = Decision.ByOf(decision) },
            cancellationToken
        );

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> OverrideAsync(
        string id,
        Decision? decision,
        Decisions decisions,
        CancellationToken cancellationToken
    ) =>
        decisions.TakeAsync(
            id,
            Decision.Of(AuditedActions.OverrideRelease, decision),
            release =>
                WhyNotSteer(release)
                ?? (
                    string.IsNullOrWhiteSpace(Decision.ReasonOf(decision))
                        ? "Whoever overrides windows and freezes says why: --reason TEXT."
                        : null
                ),
            release => new OverrideGates
            {
                RolloutId = release.Id,
                By = Decision.ByOf(decision),
                Reason = Decision.ReasonOf(decision)!,
            },
            cancellationToken
        );

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> RetryHostAsync(
        string id,
        string host,
        Decision? decision,
        Decisions decisions,
        CancellationToken cancellationToken
    ) => SteerAsync(id, host, HostSteering.Retry, decision, decisions, cancellationToken);

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> SkipHostAsync(
        string id,
        string host,
        Decision? decision,
        Decisions decisions,
        CancellationToken cancellationToken
    ) => SteerAsync(id, host, HostSteering.Skip, decision, decisions, cancellationToken);

    private static Task<Results<Accepted<ReleaseView>, ProblemHttpResult>> SteerAsync(
        string id,
        string host,
        HostSteering steering,
        Decision? decision,
        Decisions decisions,
        CancellationToken cancellationToken
    ) =>
        decisions.TakeAsync(
            id,
            Decision.Of(
                steering == HostSteering.Retry ? AuditedActions.RetryHost : AuditedActions.SkipHost,
                decision
            ) with
            {
                Host = host,
            },
            release =>
                WhyNotSteer(release)
                ?? (
                    release.Hosts.All(it => it.Name != host)
                        ? $"The release has no host '{PlainText.Line(host, 100)}'."
                        : null
                ),
            release => new SteerHost
            {
                RolloutId = release.Id,
                Host = host,
                Steering = steering,
                By = Decision.ByOf(decision),
            },
            cancellationToken
        );

    private static string? WhyNotSteer(ReleaseView release) =>
        release.State != ReleaseStates.RollingOut ? $"The release is {release.Phase}; its rollout has not begun."
        : release.Phase == RolloutStates.RollingBack ? "The release is being rolled back."
        : null;
}
