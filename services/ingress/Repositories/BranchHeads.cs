namespace Canary.Ingress.Repositories;

/// <summary>Where the branches of a repository are.</summary>
/// <param name="DefaultBranch">The one that its HEAD names; <c>null</c>: the repository does not say.</param>
/// <param name="Heads">Their commits, by name.</param>
internal sealed record BranchHeads(string? DefaultBranch, IReadOnlyDictionary<string, string> Heads);

/// <summary>What a commit says of itself.</summary>
internal sealed record DescribedCommit(string Author, string Message);
