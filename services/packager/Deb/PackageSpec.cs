using Canary.Packager.Binaries;
using Canary.Packager.Builders;
using Canary.Packager.Builders.Fpm;
using Canary.Packager.Source;

namespace Canary.Packager.Deb;

/// <summary>Everything that a package is made of. Two equal ones give the same bytes.</summary>
internal sealed record PackageSpec
{
    /// <summary>Fields of the control file in their order, without <c>Installed-Size</c>; values may have several lines,
    /// already folded.</summary>
    public required IReadOnlyList<(string Name, string Value)> Fields { get; init; }

    /// <summary>Package name.</summary>
    public required string Name { get; init; }

    /// <summary>Package version.</summary>
    public required string Version { get; init; }

    /// <summary>Architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Directories, files and links, sorted by path, parents first.</summary>
    public required IReadOnlyList<PackageItem> Items { get; init; }

    /// <summary>Those of its files that are programs for one kind of machine.</summary>
    public IReadOnlyList<BinaryFile> Binaries { get; init; } = [];

    /// <summary>Absolute paths of the files whose changes on a host dpkg preserves.</summary>
    public required IReadOnlyList<string> Conffiles { get; init; }

    /// <summary>Maintainer scripts by their Debian names, sorted.</summary>
    public required IReadOnlyList<(string Name, byte[] Content)> Scripts { get; init; }

    /// <summary>Units that a host with the package is expected to run.</summary>
    public IReadOnlyList<string> ExpectedUnits { get; init; } = [];

    /// <summary>Absolute paths of directories that a purge leaves.</summary>
    public IReadOnlyList<string> KeptDirectories { get; init; } = [];

    /// <summary>Lines of the control file <c>triggers</c>.</summary>
    public IReadOnlyList<string> Triggers { get; init; } = [];

    /// <summary>Compression of both members.</summary>
    public required Compression Compression { get; init; }

    /// <summary>Time of every file: the commit's.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Who makes the file.</summary>
    public PackageBuilderKind Builder { get; init; }

    /// <summary>What only FPM is told.</summary>
    public FpmExtras Fpm { get; init; } = new();

    /// <summary>The same with more that must be there.</summary>
    public PackageSpec DependingOn(IReadOnlyList<string> relations)
    {
        const string Name = "Depends";
        const string Before = "Maintainer";
        var fields = Fields.ToList();
        var old = fields.FindIndex(field => field.Name == Name);
        var all = (old < 0 ? [] : fields[old].Value.Split(", ")).Concat(relations).Distinct().ToList();
        if (all.Count == 0)
        {
            return this;
        }

        var value = (Name, string.Join(", ", all));
        if (old < 0)
        {
            fields.Insert(fields.FindIndex(field => field.Name == Before) + 1, value);
        }
        else
        {
            fields[old] = value;
        }

        return this with
        {
            Fields = fields,
        };
    }

    /// <summary>The control file as far as it is known before the package is built.</summary>
    public string ControlText => string.Concat(Fields.Select(it => $"{it.Name}: {it.Value}\n"));

    /// <summary>Sum of the files' sizes in bytes.</summary>
    public long ContentSize => Items.Sum(item => item.Size);
}

/// <summary>One thing in a package.</summary>
internal sealed record PackageItem
{
    /// <summary>Path below the root of the host, without a leading slash.</summary>
    public required string Path { get; init; }

    /// <summary>What it is; never special.</summary>
    public required FileKind Kind { get; init; }

    /// <summary>Size of a file in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Whether a file may be executed.</summary>
    public bool Executable { get; init; }

    /// <summary>Permissions; <c>null</c>: those that follow from its kind and its execute bit.</summary>
    public UnixFileMode? Mode { get; init; }

    /// <summary>Whom it belongs to when it is unpacked.</summary>
    public FileOwner Owner { get; init; } = FileOwner.Root;

    /// <summary>Where a link points.</summary>
    public string? Target { get; init; }

    /// <summary>Where a file's contents are; <c>null</c> if <see cref="Content"/> holds them.</summary>
    public StoredContent? Source { get; init; }

    /// <summary>SHA-256 of a file that a build made; <c>null</c>: it is something else.</summary>
    public string? BuiltSha256 { get; init; }

    /// <summary>Path of a file below the repository's root; <c>null</c> if it is of none.</summary>
    public string? RepositoryPath { get; init; }

    /// <summary>Contents of a file that was made here.</summary>
    public byte[]? Content { get; init; }
}
