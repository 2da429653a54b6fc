using System.Formats.Tar;
using System.Security.Cryptography;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Packager.Source;
using ZstdSharp;

namespace Canary.Packager.Output;

/// <summary>
/// Unpacks what a build made. Only the content of files comes to lie on the disk, one after the other in one file: whatever names and links
/// say, nothing leads anywhere, and ten thousand files need not be made and opened again.
/// </summary>
internal sealed class OutputArchive : IDisposable
{
    private const int LongestPath = 4096;

    private readonly BuildOutput _output;

    private readonly FileStream _contents;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private readonly List<SourceEntry> _entries = [];

    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    private readonly HashSet<string> _others = new(StringComparer.Ordinal);

    private readonly byte[] _buffer = new byte[80 << 10];

    private long _size;

    private OutputArchive(BuildOutput output, string contents)
    {
        _output = output;
        _contents = new FileStream(
            contents,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 1 << 20,
            }
        );
    }

    public void Dispose()
    {
        _contents.Dispose();
        _hash.Dispose();
    }

    /// <summary>Unpacks an archive.</summary>
    /// <param name="path">The archive, whose bytes are what the reference says.</param>
    /// <param name="output">The reference.</param>
    /// <param name="contents">A new file for the contents.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">It is not what ci-coordinator makes.</exception>
    public static IReadOnlyList<SourceEntry> Unpack(
        string path,
        BuildOutput output,
        string contents,
        CancellationToken cancellation = default
    )
    {
        using var archive = new OutputArchive(output, contents);
        try
        {
            archive.Read(path, cancellation);
        }
        catch (Exception e)
            when (e
                    is InvalidDataException
                        or ZstdException
                        or FormatException
                        or ArgumentException
                        or EndOfStreamException
            )
        {
            throw Damaged(e.Message.TrimEnd('.'), e);
        }

        return archive._entries;
    }

    /// <summary>Something came that ci-coordinator did not send.</summary>
    public static CanaryException Damaged(string reason, Exception? cause = null) =>
        new(
            PackagerCodes.BuildOutputDamaged,
            $"The output of the build is not what was handed over: {ShownText.Of(reason)}.",
            $"Look at the disks of the publisher and the packager, then {Remedies.ReleaseAgain}.",
            cause
        );

    private void Read(string path, CancellationToken cancellation)
    {
        // A tar of no files has no bytes at all, which a reader takes for damage.
        if (_output.Files > 0)
        {
            using var file = File.OpenRead(path);
            using var decompressed = new DecompressionStream(file);
            Read(decompressed, cancellation);
        }

        if (_entries.Count != _output.Files || _size != _output.ContentSize)
        {
            throw Damaged($"it has {_entries.Count} files of {_size} bytes");
        }
    }

    private void Read(Stream stream, CancellationToken cancellation)
    {
        using var tar = new TarReader(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_entries.Count == _output.Files)
            {
                throw Damaged($"it has more than {_output.Files} files");
            }

            CheckPath(entry.Name);
            _entries.Add(
                entry.EntryType switch
                {
                    TarEntryType.RegularFile => ReadFile(entry),
                    TarEntryType.SymbolicLink => ReadLink(entry),
                    var other => throw Damaged($"{entry.Name} is of the kind {other}"),
                }
            );
        }
    }

    private SourceEntry ReadFile(TarEntry entry)
    {
        if (entry.Length > _output.ContentSize - _size)
        {
            throw Damaged($"its files have more than {_output.ContentSize} bytes");
        }

        var begin = _size;
        while (entry.DataStream?.Read(_buffer) is > 0 and var read)
        {
            _hash.AppendData(_buffer, 0, read);
            _contents.Write(_buffer, 0, read);
            _size += read;
        }

        if (_size - begin != entry.Length)
        {
            throw Damaged($"{entry.Name} is not whole");
        }

        return new SourceEntry(
            entry.Name,
            FileKind.File,
            entry.Length,
            (entry.Mode & UnixFileMode.UserExecute) != 0,
            null
        )
        {
            Built = new BuiltContent(
                new StoredContent(_contents.Name, begin),
                Convert.ToHexStringLower(_hash.GetHashAndReset())
            ),
        };
    }

    private static SourceEntry ReadLink(TarEntry entry) =>
        entry.LinkName.Length is 0 or > LongestPath || entry.LinkName.Any(char.IsControl)
            ? throw Damaged($"{entry.Name} is a link to nothing that has a name")
            : new SourceEntry(entry.Name, FileKind.Link, 0, false, entry.LinkName) { Built = BuiltContent.OfLink };

    /// <summary>Plain names only, each once, and nothing below what is no directory.</summary>
    private void CheckPath(string path)
    {
        if (
            path.Length is 0 or > LongestPath
            || path.Any(char.IsControl)
            || path.Contains('\uFFFD', StringComparison.Ordinal)
            || path.Split('/').Any(part => part is "" or "." or ".." or ".git")
        )
        {
            throw Damaged($"it has a file with the name {path}");
        }

        if (_directories.Contains(path) || !_others.Add(path))
        {
            throw Damaged($"it has {path} more than once");
        }

        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (_others.Contains(path[..slash]))
            {
                throw Damaged($"{path} is below what is no directory");
            }

            if (!_directories.Add(path[..slash]))
            {
                break;
            }
        }
    }
}
