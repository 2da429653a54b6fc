using Canary.Hosting.Security;

namespace Canary.Ingress.Enrolment;

/// <summary>Tells in the log of enrolments that were refused.</summary>
internal sealed class RefusedEnrolments(TimeProvider time, ILogger<RefusedEnrolments> logger)
    : RefusedRequests("host", time, logger);
