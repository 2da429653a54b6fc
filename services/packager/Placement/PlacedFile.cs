using Canary.Packager.Deb;
using Canary.Packager.Source;

namespace Canary.Packager.Placement;

/// <summary>What an entry of <c>files</c> puts on the host.</summary>
internal sealed record PlacedFile
{
    /// <summary>Where the entry stands, for messages.</summary>
    public required string Where { get; init; }

    /// <summary>A file or directory of the repository; of a link, what it leads to on the host.</summary>
    public string? From { get; init; }

    /// <summary>Absolute path on the host; with a final slash, the directory that it goes into.</summary>
    public string To { get; init; } = "";

    /// <summary>What it becomes; <c>null</c>: what <see cref="From"/> is.</summary>
    public FileKind? Kind { get; init; }

    /// <summary>Permissions; <c>null</c>: everybody may read, and execute what git knows as executable.</summary>
    public UnixFileMode? Mode { get; init; }

    /// <summary>Whom it belongs to.</summary>
    public FileOwner Owner { get; init; } = FileOwner.Root;

    /// <summary>Whether changes on a host survive updates; <c>null</c>: those of files in <c>/etc</c> do.</summary>
    public bool? IsConffile { get; init; }
}
