namespace Canary.Processes.Workspaces;

/// <summary>Where a repository on this machine keeps its objects (gitrepository-layout(5)): they can be read in place.</summary>
internal static class LocalObjects
{
    /// <summary><c>null</c> for a repository elsewhere, and for the forms that only git itself should resolve: linked work
    /// trees and shallow clones.</summary>
    internal static string? Of(string cloneUrl)
    {
        if (!cloneUrl.StartsWith('/'))
        {
            return null;
        }
        var inner = Path.Combine(cloneUrl, ".git");
        var repository = Path.Exists(inner) ? inner : cloneUrl;
        var objects = Path.Combine(repository, "objects");
        return Directory.Exists(objects) && !Path.Exists(Path.Combine(repository, "shallow")) ? objects : null;
    }

    /// <summary>Whether an object lies there by itself, as everything new does; a packed one takes git to find.</summary>
    internal static bool HoldsLoose(string objects, string id) => File.Exists(Path.Combine(objects, id[..2], id[2..]));
}
