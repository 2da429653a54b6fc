namespace Canary.Processes.Workspaces;

/// <summary>Where a repository on this machine keeps its objects (gitrepository-layout(5)): they can be read in place.</summary>
internal static class LocalObjects
{
    private const string FileScheme = "file://";

    /// <summary>The path that an address leads to on this machine; <c>null</c>: it leads elsewhere.</summary>
    internal static string? PathOf(string cloneUrl)
    {
        if (cloneUrl.StartsWith('/'))
        {
            return cloneUrl;
        }
        if (!cloneUrl.StartsWith(FileScheme, StringComparison.Ordinal))
        {
            return null;
        }
        // What stands before the path is the name of a host, of which git takes no notice.
        var path = cloneUrl.IndexOf('/', FileScheme.Length);
        return path < 0 ? null : Uri.UnescapeDataString(cloneUrl[path..]);
    }

    /// <summary><c>null</c> for a repository elsewhere, and for the forms that only git itself should resolve: linked work
    /// trees and shallow clones.</summary>
    internal static string? Of(string cloneUrl)
    {
        if (!cloneUrl.StartsWith('/'))
        {
            return null;
        }
        var repository = RepositoryOf(cloneUrl);
        var objects = Path.Combine(repository, "objects");
        return Directory.Exists(objects) && !Path.Exists(Path.Combine(repository, "shallow")) ? objects : null;
    }

    /// <summary>The commit that a reference of a repository on this machine points to, where a file of its own says so;
    /// <c>null</c>: it takes git to find.</summary>
    internal static string? HeadOf(string cloneUrl, string reference)
    {
        if (reference == "HEAD" || !cloneUrl.StartsWith('/'))
        {
            return null;
        }
        try
        {
            var said = File.ReadAllText(Path.Combine(RepositoryOf(cloneUrl), reference)).Trim();
            return Workspaces.IsCommitId(said) ? said : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string RepositoryOf(string cloneUrl) =>
        Path.Combine(cloneUrl, ".git") is var inner && Path.Exists(inner) ? inner : cloneUrl;

    /// <summary>Whether an object lies there by itself, as everything new does; a packed one takes git to find.</summary>
    internal static bool HoldsLoose(string objects, string id) => File.Exists(Path.Combine(objects, id[..2], id[2..]));
}
