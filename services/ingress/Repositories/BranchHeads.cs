using System.Globalization;
using Canary.Failures;

namespace Canary.Ingress.Repositories;

/// <summary>Where the branches of a repository are.</summary>
/// <param name="DefaultBranch">The one that its HEAD names; <c>null</c>: the repository does not say.</param>
/// <param name="Heads">Their commits, by name.</param>
/// <param name="Identity">Which repository it is; <c>null</c>: nobody says.</param>
internal sealed record BranchHeads(
    string? DefaultBranch,
    IReadOnlyDictionary<string, string> Heads,
    RepositoryIdentity? Identity = null
)
{
    /// <summary>How many are read; more than that is no repository that people work with.</summary>
    public const int Most = 20_000;

    public static CanaryException TooMany(string? repository) =>
        new(
            IngressCodes.TooManyBranches,
            string.Create(CultureInfo.InvariantCulture, $"'{repository}' has more than {Most} branches."),
            "Delete branches that nobody needs; or set poll to 0 in its entry of ingress.repositories, and let it announce its pushes."
        );
}

/// <summary>What a commit says of itself.</summary>
internal sealed record DescribedCommit(string Author, string Message);
