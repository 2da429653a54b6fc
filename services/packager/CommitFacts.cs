namespace Canary.Packager;

/// <summary>What a package takes from its commit.</summary>
/// <param name="Id">Full commit id.</param>
/// <param name="CommittedAt">The committer's time.</param>
/// <param name="AuthorName">Author.</param>
/// <param name="AuthorEmail">The author's address.</param>
/// <param name="Title">First line of the message.</param>
internal sealed record CommitFacts(
    string Id,
    DateTimeOffset CommittedAt,
    string AuthorName,
    string AuthorEmail,
    string Title
);
