namespace Canary.Processes.Workspaces;

/// <summary>Lays out git directories by hand (gitrepository-layout(5)): <c>git init</c> costs a process and copies samples.</summary>
internal static class BareRepository
{
    internal static void Create(string path, string commit, string? origin = null) =>
        LayOut(path, Configuration(commit, bare: true, origin), head: "ref: refs/heads/main");

    /// <summary>A git directory for a work tree, with a detached head, that borrows the objects of the local copy.</summary>
    internal static void CreateBorrowing(string path, string copy, SourceRequest request)
    {
        LayOut(path, Configuration(request.Commit, bare: false, request.CloneUrl), head: request.Commit);
        Borrow(path, Path.Combine(copy, "objects"));
        // Wherever the commit came from, scripts see it alone: history would make builds differ by what happens to be here.
        File.WriteAllText(Path.Combine(path, "shallow"), request.Commit + "\n");
    }

    /// <summary>Removes the locks that a killed git may have left, which would stop every other one. Only for who alone writes to the
    /// repository, one fetch at a time.</summary>
    internal static void Unlock(string path)
    {
        const string Locks = "*.lock";
        var references = Directory.CreateDirectory(Path.Combine(path, "refs")).FullName;
        foreach (
            var stale in Directory
                .EnumerateFiles(path, Locks)
                .Concat(Directory.EnumerateFiles(references, Locks, SearchOption.AllDirectories))
        )
        {
            File.Delete(stale);
        }
    }

    internal static void Borrow(string path, string objects) => File.WriteAllText(AlternatesOf(path), objects + "\n");

    internal static void StopBorrowing(string path) => File.Delete(AlternatesOf(path));

    private static string AlternatesOf(string path) => Path.Combine(path, "objects", "info", "alternates");

    /// <summary>The head comes last, and whole: where there is one, whoever was killed over it has made the rest.</summary>
    private static void LayOut(string path, string configuration, string head)
    {
        Directory.CreateDirectory(Path.Combine(path, "objects", "pack"));
        Directory.CreateDirectory(Path.Combine(path, "objects", "info"));
        Directory.CreateDirectory(Path.Combine(path, "refs", "heads"));
        File.WriteAllText(Path.Combine(path, "config"), configuration);
        var part = Path.Combine(path, "HEAD.part");
        File.WriteAllText(part, head + "\n");
        File.Move(part, Path.Combine(path, "HEAD"), overwrite: true);
    }

    private static string Configuration(string commit, bool bare, string? origin)
    {
        var sha256 = commit.Length == 64;
        return $"""
                [core]
                	repositoryformatversion = {(sha256 ? 1 : 0)}
                	bare = {(bare ? "true" : "false")}
                	filemode = true

                """
            + (sha256 ? "[extensions]\n\tobjectFormat = sha256\n" : "")
            + (origin is null ? "" : $"[remote \"origin\"]\n\turl = {GitConfig.Quote(origin)}\n");
    }
}
