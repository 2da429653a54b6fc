using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Packager.Source;
using ZstdSharp;

namespace Canary.Packager.Output;

/// <summary>
/// Unpacks what a build made. Only the content of files comes to lie on the disk, under numbers: whatever names and links say, nothing
/// leads anywhere.
/// </summary>
internal sealed class OutputArchive
{
    private const int LongestPath = 4096;

    private readonly BuildOutput _output;

    private readonly string _directory;

    private readonly List<SourceEntry> _entries = [];

    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    private readonly HashSet<string> _others = new(StringComparer.Ordinal);

    private readonly byte[] _buffer = new byte[80 << 10];

    private long _size;

    private OutputArchive(BuildOutput output, string directory)
    {
        _output = output;
        _directory = directory;
    }

    /// <summary>Unpacks an archive.</summary>
    /// <param name="path">The archive, whose bytes are what the reference says.</param>
    /// <param name="output">The reference.</param>
    /// <param name="directory">Directory for the content; it is made.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">It is not what ci-coordinator makes.</exception>
    public static IReadOnlyList<SourceEntry> Unpack(
        string path,
        BuildOutput output,
        string directory,
        CancellationToken cancellation = default
    )
    {
        Directory.CreateDirectory(directory);
        var archive = new OutputArchive(output, directory);
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

        var path = Path.Combine(_directory, _entries.Count.ToString(CultureInfo.InvariantCulture));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            var done = 0L;
            while (entry.DataStream?.Read(_buffer) is > 0 and var read)
            {
                hash.AppendData(_buffer, 0, read);
                RandomAccess.Write(file, _buffer.AsSpan(0, read), done);
                done += read;
            }

            if (done != entry.Length)
            {
                throw Damaged($"{entry.Name} is not whole");
            }
        }

        _size += entry.Length;
        return new SourceEntry(
            entry.Name,
            FileKind.File,
            entry.Length,
            (entry.Mode & UnixFileMode.UserExecute) != 0,
            null
        )
        {
            Built = new BuiltContent(path, Convert.ToHexStringLower(hash.GetHashAndReset())),
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
