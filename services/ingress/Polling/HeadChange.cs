using Canary.Ingress.Repositories;

namespace Canary.Ingress.Polling;

/// <summary>A branch that is elsewhere than it was.</summary>
/// <param name="Branch">Its name.</param>
/// <param name="Commit">Where it is.</param>
/// <param name="Before">Where it was; <c>null</c>: there was no such branch.</param>
internal sealed record HeadChange(string Branch, string Commit, string? Before)
{
    /// <summary>Compares two looks.</summary>
    /// <param name="before">Where the branches were.</param>
    /// <param name="now">Where they are.</param>
    /// <param name="deploying">The branch that deploys; it comes first.</param>
    /// <returns>The branches that were made or moved. One that was made where another was brings nothing, and one that was deleted has
    /// nothing to release.</returns>
    public static IReadOnlyList<HeadChange> Between(
        IReadOnlyDictionary<string, string> before,
        BranchHeads now,
        string deploying
    )
    {
        var known = before.Values.ToHashSet(StringComparer.Ordinal);
        return
        [
            .. now
                .Heads.Where(head =>
                    before.TryGetValue(head.Key, out var commit) ? commit != head.Value : !known.Contains(head.Value)
                )
                .OrderBy(head => head.Key != deploying)
                .ThenBy(head => head.Key, StringComparer.Ordinal)
                .Select(head => new HeadChange(head.Key, head.Value, before.GetValueOrDefault(head.Key))),
        ];
    }
}
