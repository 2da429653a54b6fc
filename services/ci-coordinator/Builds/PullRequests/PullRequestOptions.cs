using System.ComponentModel.DataAnnotations;

namespace Canary.CiCoordinator.Builds.PullRequests;

/// <summary>How heads of pull requests are built. Section <c>ci-coordinator:builds:pull-requests</c>. Which are, is set for each repository
/// in <c>ingress.repositories</c>.</summary>
public sealed class PullRequestOptions
{
    /// <summary>How many are built at once in one process, 1 to 1000. They take no place of the builds of releases. Default: 1.</summary>
    [Range(1, 1000)]
    public int Concurrency { get; set; } = 1;
}
