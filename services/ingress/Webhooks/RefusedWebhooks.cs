using Canary.Hosting.Security;

namespace Canary.Ingress.Webhooks;

/// <summary>Tells in the log of webhooks that were refused before anybody knew who sent them.</summary>
internal sealed class RefusedWebhooks(TimeProvider time, ILogger<RefusedWebhooks> logger)
    : RefusedRequests("webhook", time, logger);
