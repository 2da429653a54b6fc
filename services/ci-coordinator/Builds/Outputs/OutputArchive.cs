using System.Formats.Tar;
using System.Security.Cryptography;
using Canary.Contracts.Building;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>
/// The archive of a build's output: tar in zstd, sorted by path, with nothing but names, contents, links and the execute bit. The same files
/// give the same bytes.
/// </summary>
internal sealed class OutputArchive : IAsyncDisposable
{
    /// <summary>It is unpacked again in a moment, and goes over a network that is fast: time counts for more than size.</summary>
    private const int Level = 1;

    /// <summary>How many threads compress while the files are still being read; the bytes do not depend on it.</summary>
    private static readonly int Threads = Math.Clamp(Environment.ProcessorCount, 1, 4);

    private const UnixFileMode Plain =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable =
        Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly FileStream _file;

    private readonly CompressionStream _compressor;

    private readonly TarWriter _tar;

    private int _count;

    private long _contentSize;

    private bool _isOpen = true;

    /// <param name="path">The file to write; one that exists is replaced.</param>
    public OutputArchive(string path)
    {
        Path = path;
        _file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 128 << 10, useAsync: true);
        _compressor = new CompressionStream(_file, Level, leaveOpen: true);
        _compressor.SetParameter(ZSTD_cParameter.ZSTD_c_nbWorkers, Threads);
        _tar = new TarWriter(_compressor, TarEntryFormat.Gnu, leaveOpen: true);
    }

    public string Path { get; }

    public Task AddFileAsync(BuiltFile file, Stream content, CancellationToken cancellation) =>
        AddAsync(
            new GnuTarEntry(TarEntryType.RegularFile, file.Path) { DataStream = content },
            file.Kind == BuiltKind.Executable ? Executable : Plain,
            file.Size,
            cancellation
        );

    public Task AddLinkAsync(BuiltFile link, CancellationToken cancellation) =>
        AddAsync(
            new GnuTarEntry(TarEntryType.SymbolicLink, link.Path) { LinkName = link.Target! },
            Executable,
            0,
            cancellation
        );

    /// <summary>Ends the archive.</summary>
    public async Task<BuildOutput> FinishAsync(CancellationToken cancellation)
    {
        await CloseAsync();
        _file.Position = 0;
        return new BuildOutput
        {
            Sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(_file, cancellation)),
            Size = _file.Length,
            Files = _count,
            ContentSize = _contentSize,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _file.DisposeAsync();
    }

    private async Task AddAsync(GnuTarEntry entry, UnixFileMode mode, long size, CancellationToken cancellation)
    {
        entry.Mode = mode;
        entry.ModificationTime = entry.AccessTime = entry.ChangeTime = DateTimeOffset.UnixEpoch;
        await _tar.WriteEntryAsync(entry, cancellation);
        _count++;
        _contentSize += size;
    }

    private async Task CloseAsync()
    {
        if (_isOpen)
        {
            _isOpen = false;
            await _tar.DisposeAsync();
            await _compressor.DisposeAsync();
        }
    }
}
