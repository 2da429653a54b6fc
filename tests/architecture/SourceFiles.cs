using Canary.Testing;

namespace Canary.Architecture.Tests;

/// <summary>The files that people wrote: neither built nor fetched ones.</summary>
internal static class SourceFiles
{
    private static readonly EnumerationOptions Everywhere = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.None,
    };

    /// <summary>Paths relative to the top folder.</summary>
    public static IEnumerable<string> Find(string pattern, string below = ".") =>
        Directory
            .EnumerateFiles(SourceTree.PathOf(below), pattern, Everywhere)
            .Select(file => Path.GetRelativePath(SourceTree.Root, file))
            .Where(file =>
                !file.Split('/').Any(part => part is "artifacts" or ".git" or "node_modules" or "bin" or "obj")
            )
            .Order(StringComparer.Ordinal);

    public static string Read(string file) => File.ReadAllText(SourceTree.PathOf(file));
}
