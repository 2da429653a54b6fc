namespace Canary.Processes.Workspaces;

/// <summary>A fresh private directory that holds exactly one commit. Disposing of it removes it.</summary>
public sealed class Workspace : IAsyncDisposable
{
    private readonly Func<ValueTask> _remove;

    internal Workspace(
        string path,
        string scratchPath,
        string commit,
        CommitDescription description,
        Func<ValueTask> remove
    )
    {
        Path = path;
        ScratchPath = scratchPath;
        Commit = commit;
        CommitTime = description.Time;
        AuthorName = description.AuthorName;
        AuthorEmail = description.AuthorEmail;
        Title = description.Title;
        _remove = remove;
    }

    /// <summary>Absolute path of the commit's files.</summary>
    public string Path { get; }

    /// <summary>Absolute path of an empty private directory beside the files that is removed with them: home directories,
    /// temporary files.</summary>
    public string ScratchPath { get; }

    /// <summary>Full id of the commit.</summary>
    public string Commit { get; }

    /// <summary>The commit's committer time, UTC.</summary>
    public DateTimeOffset CommitTime { get; }

    /// <summary>The commit's author; whatever its maker wrote.</summary>
    public string AuthorName { get; }

    /// <summary>The author's mail address; whatever the commit's maker wrote.</summary>
    public string AuthorEmail { get; }

    /// <summary>The commit message's first paragraph on one line; empty if there is none.</summary>
    public string Title { get; }

    /// <summary>Paths of the files that a filter of git's, other than Git LFS, would have changed: they are as the repository has
    /// them.</summary>
    public IReadOnlyList<string> Filtered { get; internal init; } = [];

    /// <summary>Removes the directory, whatever permissions its contents have.</summary>
    public ValueTask DisposeAsync() => _remove();
}

/// <summary>What a commit says about itself.</summary>
internal sealed record CommitDescription(DateTimeOffset Time, string AuthorName, string AuthorEmail, string Title);
