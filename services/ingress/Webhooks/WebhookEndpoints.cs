using Canary.Hosting.Http;
using Canary.Hosting.Security;

namespace Canary.Ingress.Webhooks;

internal static class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/webhooks/github", (HttpContext context, GitHubWebhook webhook) => webhook.HandleAsync(context))
            .OpenToStrangers()
            .UnderAnyHostName()
            .Vital()
            // GitHub sends in bursts; the bounds are the handler's own.
            .DisableRateLimiting()
            .WithName("ReceiveGitHubWebhook")
            .WithSummary("Receives an event of GitHub, signed with the webhook's secret.");
}
