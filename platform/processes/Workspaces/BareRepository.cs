namespace Canary.Processes.Workspaces;

/// <summary>Lays out git directories by hand (gitrepository-layout(5)): <c>git init</c> costs a process and copies samples.</summary>
internal static class BareRepository
{
    internal static void Create(string path, string commit)
    {
        Directory.CreateDirectory(Path.Combine(path, "objects", "pack"));
        Directory.CreateDirectory(Path.Combine(path, "objects", "info"));
        Directory.CreateDirectory(Path.Combine(path, "refs", "heads"));
        File.WriteAllText(Path.Combine(path, "config"), Configuration(commit, bare: true));
        File.WriteAllText(Path.Combine(path, "HEAD"), "ref: refs/heads/main\n");
    }

    /// <summary>A git directory for a work tree, with a detached head, that borrows the objects of the local copy.</summary>
    internal static void CreateBorrowing(string path, string copy, SourceRequest request)
    {
        Create(path, request.Commit);
        File.WriteAllText(Path.Combine(path, "config"), Configuration(request.Commit, bare: false));
        AddOrigin(path, request.CloneUrl);
        Borrow(path, Path.Combine(copy, "objects"));
        // Wherever the commit came from, scripts see it alone: history would make builds differ by what happens to be here.
        File.WriteAllText(Path.Combine(path, "shallow"), request.Commit + "\n");
        File.WriteAllText(Path.Combine(path, "HEAD"), request.Commit + "\n");
    }

    internal static void AddOrigin(string path, string cloneUrl) =>
        File.AppendAllText(Path.Combine(path, "config"), $"[remote \"origin\"]\n\turl = {GitConfig.Quote(cloneUrl)}\n");

    internal static void Borrow(string path, string objects) => File.WriteAllText(AlternatesOf(path), objects + "\n");

    internal static void StopBorrowing(string path) => File.Delete(AlternatesOf(path));

    private static string AlternatesOf(string path) => Path.Combine(path, "objects", "info", "alternates");

    private static string Configuration(string commit, bool bare)
    {
        var sha256 = commit.Length == 64;
        return $"""
                [core]
                	repositoryformatversion = {(sha256 ? 1 : 0)}
                	bare = {(bare ? "true" : "false")}
                	filemode = true

                """ + (sha256 ? "[extensions]\n\tobjectFormat = sha256\n" : "");
    }
}
