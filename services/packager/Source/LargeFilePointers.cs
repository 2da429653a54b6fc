using Canary.Failures;

namespace Canary.Packager.Source;

/// <summary>Refuses a checkout that holds the pointers of Git LFS instead of what they point to (specification of the pointer file in
/// git-lfs, docs/spec.md): an application that got one for a file would fail far from here.</summary>
internal static class LargeFilePointers
{
    private const int LargestPointer = 1024;

    private const int Most = 5;

    /// <param name="tree">The checkout.</param>
    /// <param name="packaged">The files that the package will hold.</param>
    /// <exception cref="CanaryException"><c>lfs-content-missing</c></exception>
    public static void Refuse(SourceTree tree, IEnumerable<SourceEntry> packaged)
    {
        var pointers = packaged
            .Where(entry => entry.Kind == FileKind.File && IsPointer(tree, entry))
            .Select(entry => SourceTree.Show(entry.Path))
            .ToList();
        if (pointers.Count > 0)
        {
            throw new CanaryException(
                PackagerCodes.LfsContentMissing,
                $"{(pointers.Count == 1 ? "A file is" : $"{pointers.Count} files are")} kept in Git LFS, whose content Canary does "
                    + $"not fetch: {string.Join(", ", pointers.Take(Most))}{(pointers.Count > Most ? ", …" : "")}.",
                "Keep the file in git itself (git lfs migrate export), leave it out with `exclude` in canary.yml, or fetch it on the "
                    + "host in script/post-inst."
            );
        }
    }

    private static bool IsPointer(SourceTree tree, SourceEntry entry)
    {
        if (entry.Size is 0 or > LargestPointer)
        {
            return false;
        }

        var begin = "version https://git-lfs.github.com/spec/"u8;
        Span<byte> read = stackalloc byte[begin.Length];
        using var file = File.OpenHandle(tree.FullPath(entry));
        return RandomAccess.Read(file, read, 0) == read.Length && read.SequenceEqual(begin);
    }
}
