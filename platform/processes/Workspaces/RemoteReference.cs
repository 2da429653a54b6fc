namespace Canary.Processes.Workspaces;

/// <summary>What a repository says of one of its references; nothing is fetched for it.</summary>
/// <param name="Listing">How the question ended.</param>
/// <param name="Commit">Where the reference leads; <c>null</c>: there is no such reference, or no answer.</param>
internal sealed record RemoteReference(ProcessResult Listing, string? Commit)
{
    private static readonly GitLimits Limits = new()
    {
        Output = 64 << 10,
        File = 1 << 20,
        Memory = 1L << 30,
    };

    /// <summary>Asks for it.</summary>
    /// <param name="git">Who asks.</param>
    /// <param name="address">Address of the repository.</param>
    /// <param name="reference">Full name of the reference, such as <c>refs/heads/main</c>.</param>
    /// <param name="limit">Longest time for the answer.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<RemoteReference> AskAsync(
        GitClient git,
        string address,
        string reference,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        using var local = await git.OpenAsync(address, cancellation);
        var place = local?.Path ?? address;
        var listing = await git.Within(Limits)
            .TryAtAsync(place, ["ls-remote", "--", place, reference], limit, cancellation);
        return new RemoteReference(listing, listing.Succeeded ? CommitIn(GitClient.TextOf(listing), reference) : null);
    }

    /// <summary>Names that end alike are listed as well.</summary>
    private static string? CommitIn(string listing, string reference) =>
        listing
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t'))
            .Where(parts => parts.Length == 2 && parts[1] == reference && Workspaces.IsCommitId(parts[0]))
            .Select(parts => parts[0])
            .FirstOrDefault();
}
