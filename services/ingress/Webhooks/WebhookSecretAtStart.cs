using Canary.Hosting;

namespace Canary.Ingress.Webhooks;

/// <summary>Makes the secret while the host starts, so that whoever sets up the webhook finds it; a secret that cannot be
/// read is told at once, and stops nothing but webhooks.</summary>
internal sealed class WebhookSecretAtStart(WebhookSecrets secrets, ILogger<WebhookSecretAtStart> logger)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            secrets.Current();
            if (secrets.OwnFile is { } file)
            {
                logger.LogInformation("Webhooks are to be signed with the secret in {File}", file);
            }
        }
        catch (CanaryException e)
        {
            logger.LogError("{Message} {Remedy}", e.Message, e.Remedy);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
