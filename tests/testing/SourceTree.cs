using System.Runtime.CompilerServices;

namespace Canary.Testing;

/// <summary>Finds the repository that the running tests were built from.</summary>
public static class SourceTree
{
    private const string Marker = "Canary.Micro.sln";

    /// <summary>Absolute path of the repository's top folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Absolute path of a file or folder, given relative to the top folder.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Folder of the calling source file.</summary>
    /// <remarks>Builds in CI map source paths to <c>/_/</c>, so that the same source gives the same assembly anywhere.</remarks>
    public static string FolderOf([CallerFilePath] string sourceFile = "")
    {
        var folder = Path.GetDirectoryName(sourceFile) ?? "";
        return folder.StartsWith("/_/", StringComparison.Ordinal) ? PathOf(folder[3..]) : folder;
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, Marker)))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException(
            $"No folder above {AppContext.BaseDirectory} holds {Marker}: run the tests from their repository."
        );
    }
}
