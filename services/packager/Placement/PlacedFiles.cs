using Canary.Failures;
using Canary.Packager.Builders;
using Canary.Packager.Deb;
using Canary.Packager.MaintainerScripts;
using Canary.Packager.Metadata;
using Canary.Packager.Source;

namespace Canary.Packager.Placement;

/// <summary>Puts what <c>files</c> lists into a package, beside what is below its prefix or over it.</summary>
internal sealed class PlacedFiles(SourceTree tree, SortedDictionary<string, PackageItem> items)
{
    private readonly Dictionary<string, PlacedFile> _places = new(StringComparer.Ordinal);
    private readonly List<string> _conffiles = [];
    private readonly List<SourceEntry> _sources = [];

    /// <summary>What of the repository is placed.</summary>
    public IReadOnlyList<SourceEntry> Sources => _sources;

    /// <summary>Adds all of them.</summary>
    /// <returns>What the package needs for them.</returns>
    /// <exception cref="CanaryException">One cannot be added; names the line and the file.</exception>
    public PackagePart Add(PackageMetadata metadata)
    {
        foreach (var file in metadata.Files)
        {
            Add(file);
        }

        ThrowIfBelowWhatIsGivenAway();
        return new PackagePart
        {
            Conffiles = _conffiles,
            Snippets = OwnerSnippets.For(items.Values, everyOwner: metadata.Builder == PackageBuilderKind.Fpm),
        };
    }

    private void Add(PlacedFile file)
    {
        switch (file)
        {
            case { Kind: FileKind.Link }:
                var link = file.To[1..];
                Put(
                    file,
                    new PackageItem
                    {
                        Path = link,
                        Kind = FileKind.Link,
                        Target = HostPath.TargetFrom(link, file.From!),
                    }
                );
                break;
            case { From: null }:
                Put(file, Own(file, new PackageItem { Path = file.To[1..], Kind = FileKind.Directory }));
                break;
            default:
                AddFromTree(file, file.From);
                break;
        }
    }

    private void AddFromTree(PlacedFile file, string from)
    {
        var to = (file.To.EndsWith('/') ? file.To + Path.GetFileName(from) : file.To)[1..];
        if (tree.FindFile(from) is { } source)
        {
            if (file.Kind == FileKind.Directory)
            {
                throw Missing(file, from, "is a file");
            }

            PutFile(file, to, source);
        }
        else if (
            tree.TryGet(from, out var directory)
            && directory.Kind == FileKind.Directory
            && file.Kind != FileKind.File
        )
        {
            AddDirectory(file, from, file.To.Trim('/'));
        }
        else
        {
            throw Missing(file, from, directory is null ? "is not in the repository" : "is no file of the repository");
        }
    }

    /// <summary>All that is in a directory, without the directory's own name.</summary>
    private void AddDirectory(PlacedFile file, string from, string to)
    {
        foreach (var entry in tree.Entries.Where(entry => entry.Path.StartsWith($"{from}/", StringComparison.Ordinal)))
        {
            var below = entry.Path[(from.Length + 1)..];
            switch (entry.Kind)
            {
                case FileKind.Directory:
                    break;
                case FileKind.Link:
                    Put(
                        file,
                        new PackageItem
                        {
                            Path = $"{to}/{below}",
                            Kind = FileKind.Link,
                            Target = Staying(file, entry, below),
                        }
                    );
                    break;
                default:
                    PutFile(file, $"{to}/{below}", entry);
                    break;
            }
        }
    }

    private void PutFile(PlacedFile file, string path, SourceEntry source)
    {
        var item = Own(
            file,
            new PackageItem
            {
                Path = path,
                Kind = FileKind.File,
                Size = source.Size,
                Executable = source.Executable,
                Source = tree.ContentOf(source),
                RepositoryPath = source.Path,
                BuiltSha256 = source.Built?.Sha256,
            }
        );
        Put(file, item);
        _sources.Add(source);
        if (file.IsConffile ?? path.StartsWith("etc/", StringComparison.Ordinal))
        {
            _conffiles.Add($"/{path}");
        }
    }

    private static PackageItem Own(PlacedFile file, PackageItem item) =>
        item with
        {
            Mode = file.Mode,
            Owner = file.Owner,
        };

    private void Put(PlacedFile file, PackageItem item)
    {
        if (!_places.TryAdd(item.Path, file))
        {
            throw new CanaryException(
                PackagerCodes.FilePlaceTaken,
                $"{file.Where}: /{SourceTree.Show(item.Path)} is put there for the second time; the first is {_places[item.Path].Where}.",
                "Remove one of the two from `files`."
            );
        }

        if (HostPath.Fault($"/{item.Path}") is { } fault)
        {
            throw new CanaryException(
                PackagerCodes.FilePlaceTaken,
                $"{file.Where}: /{SourceTree.Show(item.Path)} {fault.What}.",
                fault.Remedy
            );
        }

        if (
            HostPath.IsOfAll($"/{item.Path}")
            && (item is not { Kind: FileKind.Directory, Mode: null } || item.Owner != FileOwner.Root)
        )
        {
            throw new CanaryException(
                PackagerCodes.FilePlaceTaken,
                $"{file.Where}: /{item.Path} is a directory that other packages have things in.",
                "Choose a place in it, such as one that is called like the application, and leave its own mode and owner as they are."
            );
        }

        items[item.Path] = item;
    }

    /// <summary>Whoever has a directory can put a link in the place of what is in it, before its owner and mode are set.</summary>
    private void ThrowIfBelowWhatIsGivenAway()
    {
        foreach (var (path, file) in _places.Where(place => items[place.Key].Owner != FileOwner.Root))
        {
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (items.TryGetValue(path[..slash], out var above) && above.Owner.User != FileOwner.Root.User)
                {
                    throw new CanaryException(
                        PackagerCodes.FilePlaceTaken,
                        $"{file.Where}: /{SourceTree.Show(path)} is in /{SourceTree.Show(above.Path)}, which belongs to {above.Owner.User}: they "
                            + "could put a link to any file in its place.",
                        "Let the application make it, or place it in a directory of root's."
                    );
                }
            }
        }
    }

    /// <summary>A link leads to something that comes along.</summary>
    private static string Staying(PlacedFile file, SourceEntry link, string below)
    {
        var depth = below.Count(character => character == '/');
        var up = link.Target!.Split('/').Count(part => part == "..");
        return !link.Target.StartsWith('/') && up <= depth
            ? link.Target
            : throw new CanaryException(
                PackagerCodes.LinkLeavesTree,
                $"{file.Where}: the symbolic link {SourceTree.Show(link.Path)} leaves the directory: it points to "
                    + $"{SourceTree.Show(link.Target)}.",
                "Point it to something in the directory, or add an entry of `type: link` to `files`."
            );
    }

    private static CanaryException Missing(PlacedFile file, string from, string fault) =>
        new(
            PackagerCodes.FileToPlaceMissing,
            $"{file.Where}: {SourceTree.Show(from)} {fault}.",
            "Correct `from` (relative to the repository's root), commit it, or take what the build makes in with "
                + "`package.include`."
        );
}
