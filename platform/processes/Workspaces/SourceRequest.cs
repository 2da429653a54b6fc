using System.Globalization;

namespace Canary.Processes.Workspaces;

/// <summary>Which commit to check out, and how.</summary>
public sealed record SourceRequest
{
    /// <summary>Address or local path that git fetches from.</summary>
    public required string CloneUrl { get; init; }

    /// <summary>Full commit id: 40 or 64 lower-case hexadecimal digits.</summary>
    public required string Commit { get; init; }

    /// <summary>Branch that holds the commit, for servers that do not serve a bare commit id; <c>null</c>: all branches are
    /// fetched from such a server.</summary>
    public string? Branch { get; init; }

    /// <summary>Number of the pull request that the commit is of, in place of a branch: it is fetched by its id alone. Its head is a reference of the repository that it
    /// is made to, as GitHub has it: <c>refs/pull/NUMBER/head</c>.</summary>
    public int? PullRequest { get; init; }

    /// <summary>What is asked for where the branch has to say where it is; without one, what the repository's HEAD names.</summary>
    internal string Reference =>
        PullRequest is { } number ? PullRequestHead(number)
        : Branch is { } branch ? $"refs/heads/{branch}"
        : "HEAD";

    /// <summary>The reference that is the head of a pull request.</summary>
    /// <param name="number">Its number.</param>
    public static string PullRequestHead(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"refs/pull/{number}/head");

    /// <summary>Whether the files come with a <c>.git</c> directory, so that the repository's own scripts can ask git about
    /// the commit (history is not there). Default: <c>false</c>, only the files.</summary>
    public bool WithRepository { get; init; }

    /// <summary>Whether that <c>.git</c> directory holds what it needs by itself, so that the files can go to another machine.
    /// Default: <c>false</c>, it borrows from the local copy.</summary>
    public bool SelfContained { get; init; }
}
