namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>What an entry of a tar archive is.</summary>
internal enum TarKind
{
    File,
    HardLink,
    SymbolicLink,
    CharacterDevice,
    BlockDevice,
    Directory,
    Pipe,
}

/// <summary>One entry of a tar archive.</summary>
/// <param name="Path">Below the place where the archive is unpacked, without <c>./</c> and a final slash; empty: that place
/// itself.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Who may do what with it.</param>
/// <param name="Size">Size of a file in bytes.</param>
/// <param name="Target">Where a link leads, as it is written; else empty.</param>
/// <param name="ModifiedAt">When it was last changed, in seconds since 1970.</param>
internal sealed record TarEntry(
    string Path,
    TarKind Kind,
    UnixFileMode Mode,
    long Size,
    string Target,
    long ModifiedAt
);
