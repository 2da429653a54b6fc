using System.Net;

namespace Canary.Testing.Load;

/// <summary>What came back.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its text.</param>
/// <param name="Server">The server that a load balancer says it is from (<c>X-Served-By</c>); <c>null</c>: from nobody behind it.</param>
public sealed record Answer(HttpStatusCode Status, string Body, string? Server);

/// <summary>A request that somebody did not get the right answer to.</summary>
/// <param name="At">When it failed, since the load began.</param>
/// <param name="Address">Where it was sent.</param>
/// <param name="Reason">What was wrong.</param>
/// <param name="Answer">The answer; <c>null</c>: there was none.</param>
public sealed record FailedRequest(TimeSpan At, Uri Address, string Reason, Answer? Answer);
