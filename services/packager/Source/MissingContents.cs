using Canary.Failures;

namespace Canary.Packager.Source;

/// <summary>Refuses what stands in a checkout for something else: an application that got it would fail far from here.</summary>
internal static class MissingContents
{
    private const int LargestPointer = 1024;

    private const int Most = 5;

    /// <param name="tree">The checkout.</param>
    /// <param name="packaged">The files that the package will hold.</param>
    /// <exception cref="CanaryException"><c>lfs-content-missing</c> or <c>filter-unsupported</c></exception>
    public static void Refuse(SourceTree tree, IReadOnlyCollection<SourceEntry> packaged)
    {
        RefusePointers(tree, packaged);
        RefuseFiltered(tree, packaged);
    }

    /// <summary>Pointers of Git LFS (specification of the pointer file in git-lfs, docs/spec.md).</summary>
    private static void RefusePointers(SourceTree tree, IEnumerable<SourceEntry> packaged)
    {
        using var contents = new StoredContents();
        var pointers = packaged
            .Where(entry => entry.Kind == FileKind.File && IsPointer(contents, tree, entry))
            .ToList();
        if (pointers.Count > 0)
        {
            throw new CanaryException(
                PackagerCodes.LfsContentMissing,
                $"{Files(pointers)} kept in Git LFS, whose content was not fetched: {Names(pointers)}.",
                "Set workspaces.large-files to true in the server's configuration, leave them out with `exclude` in canary.yml, or keep "
                    + "them in git itself (git lfs migrate export)."
            );
        }
    }

    private static void RefuseFiltered(SourceTree tree, IEnumerable<SourceEntry> packaged)
    {
        if (tree.Filtered.Count == 0)
        {
            return;
        }

        var filtered = packaged.Where(entry => tree.Filtered.Contains(entry.Path)).ToList();
        if (filtered.Count > 0)
        {
            throw new CanaryException(
                PackagerCodes.FilterUnsupported,
                $"{Files(filtered)} changed on checkout by a filter that .gitattributes names and that does not run here: "
                    + $"{Names(filtered)}.",
                "Leave them out with `exclude` in canary.yml, or take the filter away from them (`PATH !filter` in .gitattributes) if they "
                    + "shall be packaged as git has them."
            );
        }
    }

    /// <param name="tree">The checkout.</param>
    /// <param name="isLeftOut">Whether a path is left out.</param>
    /// <exception cref="CanaryException"><c>submodule-content-missing</c></exception>
    public static void RefuseSubmodules(SourceTree tree, Func<string, bool> isLeftOut)
    {
        var missing = tree.EmptyDirectories.Where(directory => !isLeftOut($"{directory.Path}/.")).ToList();
        if (missing.Count > 0)
        {
            throw new CanaryException(
                PackagerCodes.SubmoduleContentMissing,
                $"{(missing.Count == 1 ? "A directory is a submodule" : $"{missing.Count} directories are submodules")}, whose files were "
                    + $"not fetched: {Names(missing)}.",
                "Set workspaces.submodules to true in the server's configuration, or leave them out with `exclude` in canary.yml."
            );
        }
    }

    private static bool IsPointer(StoredContents contents, SourceTree tree, SourceEntry entry)
    {
        var begin = "version https://git-lfs.github.com/spec/"u8;
        if (entry.Size < begin.Length || entry.Size > LargestPointer)
        {
            return false;
        }

        Span<byte> read = stackalloc byte[begin.Length];
        return contents.Read(tree.ContentOf(entry), read, 0) == read.Length && read.SequenceEqual(begin);
    }

    private static string Files(List<SourceEntry> entries) =>
        entries.Count == 1 ? "A file is" : $"{entries.Count} files are";

    private static string Names(List<SourceEntry> entries) =>
        string.Join(", ", entries.Take(Most).Select(entry => SourceTree.Show(entry.Path)))
        + (entries.Count > Most ? ", …" : "");
}
