using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Webhooks.Sources;

namespace Canary.Ingress.Webhooks;

internal static class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        foreach (var source in routes.ServiceProvider.GetServices<IPushSource>())
        {
            routes
                .MapPost(
                    $"/webhooks/{source.Route}",
                    (HttpContext context, PushWebhook webhook) => webhook.HandleAsync(source, context)
                )
                .OpenToStrangers()
                .UnderAnyHostName()
                .Vital()
                // Pushes come in bursts; the bounds are the handler's own.
                .DisableRateLimiting()
                .WithName($"Receive{source.Name}Webhook")
                .WithSummary($"Receives an event of {source.Name}, with the proof that the webhook's secret gives.");
        }
    }
}
