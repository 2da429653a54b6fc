using Canary.Failures;

namespace Canary.Ingress.Repositories;

/// <summary>Asks a repository where its branches are and what a commit says.</summary>
internal interface IBranchReader
{
    /// <summary>Whether it can be asked about a repository.</summary>
    bool Reads(KnownRepository repository);

    /// <summary>Where its branches are.</summary>
    /// <param name="repository">Which.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">It does not say, or has too many.</exception>
    Task<BranchHeads> HeadsAsync(KnownRepository repository, CancellationToken cancellation);

    /// <summary>What the head of a branch says, which only the repository's own service knows otherwise.</summary>
    /// <param name="repository">Which.</param>
    /// <param name="branch">The branch.</param>
    /// <param name="commit">Its head.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">It does not say, or the branch has moved on.</exception>
    Task<DescribedCommit> DescribeAsync(
        KnownRepository repository,
        string branch,
        string commit,
        CancellationToken cancellation
    );
}
