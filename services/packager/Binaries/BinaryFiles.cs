using Canary.Failures;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;

namespace Canary.Packager.Binaries;

/// <summary>A program or library that runs on one kind of machine.</summary>
/// <param name="Path">Path below the repository's root.</param>
/// <param name="Item">What it is in the package.</param>
/// <param name="Architecture">The Debian architecture.</param>
/// <param name="IsLinked">Whether it is a program or a shared library.</param>
internal sealed record BinaryFile(string Path, PackageItem Item, string Architecture, bool IsLinked);

/// <summary>Finds out which machines a package is for.</summary>
internal static class BinaryFiles
{
    /// <summary>Architecture of packages that run everywhere.</summary>
    public const string Everywhere = "all";

    private const string OrData =
        "or, if it is data and no host runs it, name it below `package: foreign:`, such as `foreign: [\"**/prebuilds/**\"]`.";

    /// <summary>The ELF files among the contents of a package, sorted by path, but for those that the commit calls foreign.</summary>
    /// <param name="items">What the package holds.</param>
    /// <param name="foreign">What the commit calls foreign.</param>
    public static IReadOnlyList<BinaryFile> Find(IEnumerable<PackageItem> items, IReadOnlyList<string> foreign)
    {
        var globs = new PathGlobs(foreign);
        var found = new List<BinaryFile>();
        using var contents = new StoredContents();
        foreach (var item in items)
        {
            if (
                item is { Kind: FileKind.File, Source: { } source, RepositoryPath: { } path, Size: >= ElfHeader.Length }
                && Read(contents, source) is { Architecture: { } architecture } header
                && !globs.Matches(path)
            )
            {
                found.Add(new BinaryFile(path, item, architecture, header.IsLinked));
            }
        }

        return found;
    }

    /// <summary>The architecture of the package.</summary>
    /// <exception cref="CanaryException">The files are not all for one, or not for the one that is configured.</exception>
    public static string ArchitectureOf(IReadOnlyList<BinaryFile> binaries, PackageMetadata metadata)
    {
        var configured = metadata.Architecture;
        var expected = configured ?? (binaries is [var first, ..] ? first.Architecture : Everywhere);
        return binaries.FirstOrDefault(file => file.Architecture != expected) is not { } other ? expected
            : configured is null ? throw Several(binaries[0], other)
            : throw Wrong(metadata.Source, configured, other);
    }

    private static CanaryException Several(BinaryFile one, BinaryFile other) =>
        new(
            PackagerCodes.ArchitectureMixed,
            $"{SourceTree.Show(one.Path)} runs on {one.Architecture}, and {SourceTree.Show(other.Path)} on {other.Architecture}: no "
                + "machine runs both.",
            $"Leave out one of the two with `exclude` in canary.yml, {OrData}"
        );

    private static CanaryException Wrong(string source, string configured, BinaryFile file) =>
        new(
            PackagerCodes.ArchitectureWrong,
            $"{source} says that the package is for {(configured == Everywhere ? "all architectures" : configured)}, but "
                + $"{SourceTree.Show(file.Path)} runs on {file.Architecture} alone.",
            $"Remove `architecture`, which then follows from the files, leave the file out with `exclude`, {OrData}"
        );

    private static ElfHeader? Read(StoredContents contents, StoredContent source)
    {
        Span<byte> start = stackalloc byte[ElfHeader.Length];
        return ElfHeader.Read(start[..contents.Read(source, start, 0)]);
    }
}
