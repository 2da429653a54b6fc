using System.Diagnostics.CodeAnalysis;
using System.IO.Enumeration;
using System.Text;
using Canary.Failures;
using Canary.Packager.Output;

namespace Canary.Packager.Source;

/// <summary>A file, directory or link of a checkout.</summary>
/// <param name="Path">Path below the checkout, with slashes.</param>
/// <param name="Kind">What it is; never special.</param>
/// <param name="Size">Size of a file in bytes.</param>
/// <param name="Executable">Whether a file may be executed.</param>
/// <param name="Target">Where a link points.</param>
internal sealed record SourceEntry(string Path, FileKind Kind, long Size, bool Executable, string? Target)
{
    /// <summary>What a build made; <c>null</c>: it is in the checkout.</summary>
    public BuiltContent? Built { get; init; }
}

/// <summary>
/// The contents of a checkout, in an order that is the same everywhere. Nothing of it is reached through a link: links are
/// resolved against the entries, so nothing outside the checkout is ever read.
/// </summary>
internal sealed class SourceTree
{
    /// <summary>Most bytes of a text that is read whole.</summary>
    public const int LargestText = 1 << 20;

    private const int MostHops = 40;

    private const char Unreadable = '\uFFFD';

    private readonly Dictionary<string, SourceEntry> _byPath;

    private SourceTree(string root, List<SourceEntry> entries)
    {
        Root = root;
        Entries = entries;
        _byPath = entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
    }

    /// <summary>Absolute path of the checkout.</summary>
    public string Root { get; }

    /// <summary>Paths of the files that a filter of git's would have changed.</summary>
    public IReadOnlyCollection<string> Filtered { get; private init; } = [];

    /// <summary>Directories that hold nothing. git keeps none, so each stands for a submodule.</summary>
    public IEnumerable<SourceEntry> EmptyDirectories
    {
        get
        {
            var parents = Entries.Select(entry => ParentOf(entry.Path)).ToHashSet(StringComparer.Ordinal);
            return Entries.Where(entry => entry.Kind == FileKind.Directory && !parents.Contains(entry.Path));
        }
    }

    /// <summary>All entries, sorted by path.</summary>
    public IReadOnlyList<SourceEntry> Entries { get; }

    /// <summary>Reads the names, kinds and sizes of everything below a directory, except git's own data.</summary>
    /// <param name="root">Absolute path of the checkout.</param>
    /// <param name="filtered">Paths of the files that a filter of git's would have changed.</param>
    /// <param name="cancellationToken">Stops between two directories.</param>
    /// <exception cref="CanaryException">Something there cannot be packaged.</exception>
    public static SourceTree Read(
        string root,
        IReadOnlyCollection<string>? filtered = null,
        CancellationToken cancellationToken = default
    )
    {
        var entries = new List<SourceEntry>();
        var directories = new Stack<string>([""]);
        while (directories.TryPop(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var name in NamesIn(System.IO.Path.Join(root, directory)))
            {
                if (name == ".git")
                {
                    continue;
                }

                var entry = ReadEntry(root, directory.Length == 0 ? name : $"{directory}/{name}");
                entries.Add(entry);
                if (entry.Kind == FileKind.Directory)
                {
                    directories.Push(entry.Path);
                }
            }
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new SourceTree(root, entries) { Filtered = filtered ?? [] };
    }

    /// <summary>The same with what a build made, which takes the place of what is in its way.</summary>
    public SourceTree With(IReadOnlyList<SourceEntry> built)
    {
        var paths = built.Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        var directories = built.SelectMany(entry => Above(entry.Path)).ToHashSet(StringComparer.Ordinal);
        var entries = Entries
            .Where(entry =>
                !paths.Contains(entry.Path)
                && (entry.Kind == FileKind.Directory || !directories.Contains(entry.Path))
                && !Above(entry.Path).Any(paths.Contains)
            )
            .Concat(built)
            .Concat(
                directories
                    .Where(path => !_byPath.TryGetValue(path, out var entry) || entry.Kind != FileKind.Directory)
                    .Select(path => new SourceEntry(path, FileKind.Directory, 0, false, null))
            )
            .ToList();
        entries.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new SourceTree(Root, entries) { Filtered = [.. Filtered.Where(path => !paths.Contains(path))] };
    }

    /// <summary>Where the content of an entry is.</summary>
    public StoredContent ContentOf(SourceEntry entry) =>
        entry.Built?.Content ?? new StoredContent(System.IO.Path.Join(Root, entry.Path));

    /// <summary>The entry at a path exactly, a link itself included.</summary>
    public bool TryGet(string path, [NotNullWhen(true)] out SourceEntry? entry) => _byPath.TryGetValue(path, out entry);

    /// <summary>The file at a path, through links that stay within the tree.</summary>
    /// <returns><c>null</c> if there is none.</returns>
    public SourceEntry? FindFile(string path) =>
        Resolve("", path) is { Inside: true, Entry: { Kind: FileKind.File } file } ? file : null;

    /// <summary>Whether a link's target lies within the tree; it need not exist.</summary>
    public bool StaysInside(SourceEntry link) => Resolve(ParentOf(link.Path), link.Target!).Inside;

    /// <summary>Reads a small file whole.</summary>
    /// <exception cref="CanaryException">It is larger than 1 MiB.</exception>
    public byte[] ReadSmall(SourceEntry file)
    {
        if (file.Size > LargestText)
        {
            throw new CanaryException(
                PackagerCodes.FileTooLarge,
                $"{file.Path} has {file.Size} bytes; as metadata or maintainer script it may have {LargestText}.",
                $"Make {file.Path} smaller: let it call another file of the package."
            );
        }

        using var contents = new StoredContents();
        return contents.ReadAll(ContentOf(file), (int)file.Size);
    }

    /// <summary>Reads a small text file whole.</summary>
    /// <exception cref="CanaryException">It is larger than 1 MiB or not UTF-8.</exception>
    public string ReadText(SourceEntry file)
    {
        var content = ReadSmall(file).AsSpan();
        if (content.StartsWith(Encoding.UTF8.Preamble))
        {
            content = content[Encoding.UTF8.Preamble.Length..];
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            throw new CanaryException(
                MetadataCodes.MetadataSyntax,
                $"{file.Path} is not UTF-8 text.",
                $"Save {file.Path} as UTF-8.",
                e
            );
        }
    }

    private static FileSystemEnumerable<string> NamesIn(string directory) =>
        new(
            directory,
            (ref FileSystemEntry entry) => entry.FileName.ToString(),
            new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }
        );

    private static SourceEntry ReadEntry(string root, string path)
    {
        var full = System.IO.Path.Join(root, path);
        if (FileStat.Of(full) is not { } stat)
        {
            throw path.Contains(Unreadable, StringComparison.Ordinal)
                ? new CanaryException(
                    PackagerCodes.FileNameNotUtf8,
                    $"The name of the file {Show(path)} is not UTF-8 (the bytes shown as {Unreadable}).",
                    "Rename the file in the repository: Debian packages hold UTF-8 names only."
                )
                : new CanaryException(
                    PackagerCodes.SourceChanged,
                    $"{Show(path)} vanished while it was being packaged.",
                    $"See that nothing else works in the packager's data directory, then {Remedies.ReleaseAgain}."
                );
        }

        return stat.Kind switch
        {
            FileKind.Special => throw new CanaryException(
                PackagerCodes.FileKindUnsupported,
                $"{Show(path)} is a device, named pipe or socket; a package holds files, directories and symbolic links.",
                $"Remove {Show(path)} from the repository, and let script/post-inst make it."
            ),
            FileKind.Link => new SourceEntry(path, stat.Kind, 0, false, new FileInfo(full).LinkTarget),
            _ => new SourceEntry(path, stat.Kind, stat.Size, stat.Executable, null),
        };
    }

    /// <summary>A path with control characters made visible, for messages.</summary>
    public static string Show(string path) => ShownText.Of(path);

    private static IEnumerable<string> Above(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            yield return path[..slash];
        }
    }

    private static string ParentOf(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "";

    // Walks as the kernel would: a link in the middle of a path takes `..` along with it, so comparing texts is not enough.
    private (bool Inside, SourceEntry? Entry) Resolve(string directory, string path)
    {
        if (path.StartsWith('/'))
        {
            return (false, null);
        }

        var at = new List<string>(Parts(directory));
        var rest = new Stack<string>(Parts(path).Reverse());
        var hops = 0;
        while (rest.TryPop(out var part))
        {
            if (part == "..")
            {
                if (at.Count == 0)
                {
                    return (false, null);
                }

                at.RemoveAt(at.Count - 1);
                continue;
            }

            at.Add(part);
            if (_byPath.TryGetValue(string.Join('/', at), out var entry) && entry.Kind == FileKind.Link)
            {
                if (++hops > MostHops)
                {
                    return (true, null);
                }

                if (entry.Target!.StartsWith('/'))
                {
                    return (false, null);
                }

                at.RemoveAt(at.Count - 1);
                foreach (var next in Parts(entry.Target).Reverse())
                {
                    rest.Push(next);
                }
            }
        }

        return (true, _byPath.GetValueOrDefault(string.Join('/', at)));
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
