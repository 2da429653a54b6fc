using Microsoft.Extensions.Logging;

namespace Canary.Hosting.Security;

/// <summary>Tells in the log of tokens that are none of this host's, never which.</summary>
internal sealed class RefusedTokens(TimeProvider time, ILogger<RefusedTokens> logger)
    : RefusedRequests("token", time, logger);
