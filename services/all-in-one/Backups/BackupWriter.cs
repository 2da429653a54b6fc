using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Canary.Failures;

namespace Canary.AllInOne.Backups;

/// <summary>Writes the archive of a backup, and notes the digest of what went into it.</summary>
internal sealed class BackupWriter : IAsyncDisposable
{
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly GZipStream _compressed;
    private readonly TarWriter _tar;

    public BackupWriter(Stream output)
    {
        _compressed = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        _tar = new TarWriter(_compressed, TarEntryFormat.Pax);
    }

    public int Count => _files.Count;

    public async Task AddTextAsync(string name, byte[] content, CancellationToken cancellation) =>
        await _tar.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) },
            cancellation
        );

    public async Task AddDirectoryAsync(string name, string path, CancellationToken cancellation) =>
        await _tar.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.Directory, name) { Mode = File.GetUnixFileMode(path) },
            cancellation
        );

    public async Task AddLinkAsync(string name, string target, CancellationToken cancellation) =>
        await _tar.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target },
            cancellation
        );

    /// <summary>Adds a file as long as it is now: what is appended meanwhile, as to a log, belongs to the next backup.</summary>
    public async Task AddFileAsync(string name, string path, CancellationToken cancellation)
    {
        await using var file = new FileStream(
            path,
            new FileStreamOptions
            {
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.SequentialScan,
            }
        );
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var content = new HashedPart(file, file.Length, sha256);
        await _tar.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = File.GetUnixFileMode(path) },
            cancellation
        );
        if (!content.IsWhole)
        {
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"{path} became shorter while it was copied.",
                "Make the backup again."
            );
        }

        _files[name] = Convert.ToHexStringLower(sha256.GetHashAndReset());
    }

    public Task CompleteAsync(string version, CancellationToken cancellation) =>
        AddTextAsync(
            BackupManifest.Name,
            new BackupManifest { Version = version, Files = _files }.ToBytes(),
            cancellation
        );

    public async ValueTask DisposeAsync()
    {
        await _tar.DisposeAsync();
        await _compressed.DisposeAsync();
    }
}
