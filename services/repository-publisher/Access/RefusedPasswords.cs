using Canary.Hosting.Security;

namespace Canary.RepositoryPublisher.Access;

/// <summary>Tells in the log of users and passwords that do not open the repository, never which.</summary>
internal sealed class RefusedPasswords(TimeProvider time, ILogger<RefusedPasswords> logger)
    : RefusedRequests("password", time, logger);
