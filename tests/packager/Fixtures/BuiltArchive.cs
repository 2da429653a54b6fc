using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Canary.Contracts.Building;
using ZstdSharp;

namespace Canary.Packager.Tests.Fixtures;

/// <summary>Archives of what a build made, as ci-coordinator makes them, and others.</summary>
internal sealed class BuiltArchive
{
    private readonly List<TarEntry> _entries = [];

    private long _size;

    public BuiltArchive WithFile(string path, string content, bool executable = false) =>
        WithFile(path, Encoding.UTF8.GetBytes(content), executable);

    public BuiltArchive WithFile(string path, byte[] content, bool executable = false)
    {
        _size += content.Length;
        return With(
            new GnuTarEntry(TarEntryType.RegularFile, path)
            {
                DataStream = new MemoryStream(content),
                Mode = executable ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100,
            }
        );
    }

    public BuiltArchive WithLink(string path, string target) =>
        With(new GnuTarEntry(TarEntryType.SymbolicLink, path) { LinkName = target });

    public BuiltArchive With(TarEntry entry)
    {
        _entries.Add(entry);
        return this;
    }

    public (byte[] Bytes, BuildOutput Reference) Make()
    {
        using var file = new MemoryStream();
        using (var compressor = new CompressionStream(file, leaveOpen: true))
        using (var tar = new TarWriter(compressor, TarEntryFormat.Gnu))
        {
            foreach (var entry in _entries)
            {
                entry.ModificationTime = DateTimeOffset.UnixEpoch;
                entry.DataStream?.Position = 0;
                tar.WriteEntry(entry);
            }
        }

        var bytes = file.ToArray();
        return (
            bytes,
            new BuildOutput
            {
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
                Size = bytes.Length,
                Files = _entries.Count,
                ContentSize = _size,
            }
        );
    }
}
