namespace Canary.Ingress.Webhooks;

internal static class WebhookSecretRules
{
    /// <summary>Fewer characters than this can be guessed.</summary>
    public const int Shortest = 8;
}
