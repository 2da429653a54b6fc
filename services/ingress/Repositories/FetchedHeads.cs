using Canary.Processes.Workspaces;

namespace Canary.Ingress.Repositories;

/// <summary>Where git puts what it fetches to read what a commit says: directories that live as long as the question.</summary>
internal sealed class FetchedHeads(string directory)
{
    /// <summary>A directory for one question.</summary>
    public FetchedHead Make() => new(Directory.CreateDirectory(Path.Combine(directory, Guid.NewGuid().ToString("N"))));

    /// <summary>Removes what a host that is gone has left. Only who polls alone may.</summary>
    public void Clear() => RemovedDirectory.Delete(directory);
}

/// <summary>One of them.</summary>
internal sealed class FetchedHead(DirectoryInfo directory) : IDisposable
{
    public string Path => directory.FullName;

    /// <summary>Whether a file has become as large as a file may.</summary>
    public bool Reaches(long bytes) =>
        directory.EnumerateFiles("*", SearchOption.AllDirectories).Any(file => file.Length >= bytes);

    public void Dispose() => RemovedDirectory.Delete(Path);
}
