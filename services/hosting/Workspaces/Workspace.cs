namespace Canary.Hosting.Workspaces;

/// <summary>A fresh private directory that holds exactly one commit. Disposing of it removes it.</summary>
public sealed class Workspace : IAsyncDisposable
{
    private readonly Func<ValueTask> _remove;

    internal Workspace(
        string path,
        string scratchPath,
        string commit,
        DateTimeOffset commitTime,
        Func<ValueTask> remove
    )
    {
        Path = path;
        ScratchPath = scratchPath;
        Commit = commit;
        CommitTime = commitTime;
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

    /// <summary>Removes the directory, whatever permissions its contents have.</summary>
    public ValueTask DisposeAsync() => _remove();
}
