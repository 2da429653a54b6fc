using System.Formats.Tar;
using System.IO.Compression;
using Canary.Failures;
using ZstdSharp;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>The files of a package.</summary>
internal static class DataArchive
{
    private const UnixFileMode RunsAsOwner = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    /// <summary>Reads all of a package's files, and refuses those that give rights on a host to whoever runs or opens
    /// them.</summary>
    /// <param name="path">The package.</param>
    /// <param name="allowsSetUserId">Whether a program may run with the rights of its owner.</param>
    /// <exception cref="CanaryException">It does not unpack, or a file is not allowed.</exception>
    public static void Check(string path, bool allowsSetUserId)
    {
        using var file = File.OpenRead(path);
        var member = ArArchive.List(file).Last(member => !member.Name.StartsWith('_'));
        try
        {
            using var unpacked = Unpack(member.Name, new MemberStream(file, member));
            using var tar = new TarReader(unpacked);
            while (tar.GetNextEntry() is { } entry)
            {
                Check(entry, allowsSetUserId);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ZstdException)
        {
            throw InvalidPackage.Because("its data member does not unpack");
        }
    }

    private static void Check(TarEntry entry, bool allowsSetUserId)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.Directory or TarEntryType.SymbolicLink:
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.HardLink:
                if ((entry.Mode & RunsAsOwner) != 0 && !allowsSetUserId)
                {
                    throw NotAllowed(
                        $"'{entry.Name}' runs with the rights of its owner (setuid or setgid)",
                        "Build the package without that bit, or add its name to repository-publisher.admission.set-user-id."
                    );
                }

                break;
            default:
                throw NotAllowed(
                    $"'{entry.Name}' is a {entry.EntryType}",
                    "A package holds files, directories and links only. Make it on the host with script/post-inst."
                );
        }
    }

    private static Stream Unpack(string name, Stream member) =>
        name switch
        {
            "data.tar" => member,
            "data.tar.gz" => new GZipStream(member, CompressionMode.Decompress),
            "data.tar.zst" => new DecompressionStream(member, leaveOpen: false),
            "data.tar.xz" => new XzStream(member),
            _ => throw InvalidPackage.Because($"its third member is {name}; known are data.tar, .gz, .xz and .zst"),
        };

    private static CanaryException NotAllowed(string what, string remedy) =>
        new(
            RepositoryPublisherCodes.FileNotAllowed,
            $"Of the package's files, {what}, which the repository does not take.",
            remedy
        );
}
