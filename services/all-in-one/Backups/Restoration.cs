using System.Buffers;
using System.Formats.Tar;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text.Json;
using Canary.Failures;
using Canary.Files;

namespace Canary.AllInOne.Backups;

/// <summary>Brings a data directory to what a backup holds. Nothing of it changes before the whole backup was read and found right.</summary>
internal static class Restoration
{
    /// <summary>Begins the names of directories that what was there before is kept in.</summary>
    public const string Replaced = "before-restore-";

    /// <summary>Name of the file that is there while the data directory is neither of the two.</summary>
    public const string Unfinished = "half-restored";

    /// <summary>Where the configuration file that a backup holds is put, if it is not the present one.</summary>
    private const string Configuration = "restored-configuration.yml";

    private const string Lock = "lock";

    /// <summary>Restores.</summary>
    /// <param name="data">The data directory.</param>
    /// <param name="configuration">The configuration file, which is left as it is; <c>null</c>: there is none.</param>
    /// <param name="name">What the backup is called.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="cancellation">Leaves the data directory as it is.</param>
    public static async Task RunAsync(
        string data,
        string? configuration,
        string name,
        Stream backup,
        CancellationToken cancellation
    )
    {
        using var ownership = DataOwnership.Take(data);
        var next = Path.Combine(data, $"restored-{Guid.NewGuid():N}.part");
        try
        {
            var manifest = await UnpackAsync(backup, name, new DataDirectory(next).Root, cancellation);
            var held = await ConfigurationOfAsync(next, configuration, cancellation);
            var replaced = Replace(data, Path.Combine(next, "data"));
            var said = held is null ? "" : PutConfiguration(data, held);
            await Console.Error.WriteLineAsync(
                $"{data} is what {name} holds: {manifest.Files.Count} files of version {manifest.Version}.{replaced}{said} Start the server{(said.Length > 0 ? " then" : "")}."
            );
        }
        finally
        {
            if (Directory.Exists(next))
            {
                Directory.Delete(next, recursive: true);
            }
        }
    }

    /// <exception cref="CanaryException">A restoration was stopped half way.</exception>
    public static void RefuseUnfinished(string data)
    {
        if (File.Exists(Path.Combine(data, Unfinished)))
        {
            throw new CanaryException(
                AllInOneCodes.RestoreUnfinished,
                $"A restoration of {data} was stopped half way.",
                $"Restore the backup again. What was there before is in {Path.Combine(data, Replaced)}…"
            );
        }
    }

    private static string Replace(string data, string next)
    {
        var old = Directory
            .GetFileSystemEntries(data)
            .Where(entry =>
                Path.GetFileName(entry) is var name
                && name is not (Lock or Unfinished)
                && !name.StartsWith(Replaced, StringComparison.Ordinal)
                && !next.StartsWith(entry + "/", StringComparison.Ordinal)
            )
            .ToList();
        var unfinished = Path.Combine(data, Unfinished);
        File.WriteAllText(unfinished, "");
        var moves = new Moves();
        var said = "";
        try
        {
            if (old.Count > 0)
            {
                var aside = Path.Combine(data, $"{Replaced}{Guid.NewGuid():N}");
                Directory.CreateDirectory(
                    aside,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
                old.ForEach(entry => moves.Move(entry, Path.Combine(aside, Path.GetFileName(entry))));
                said = $" What was there before is in {aside}.";
            }

            foreach (var entry in Directory.GetFileSystemEntries(next))
            {
                moves.Move(entry, Path.Combine(data, Path.GetFileName(entry)));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            moves.Undo();
            File.Delete(unfinished);
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"What is in {data} cannot be replaced: {exception.Message} It is as it was.",
                "Unmount what is mounted below it, or restore into an empty directory with --data.",
                exception
            );
        }

        File.Delete(unfinished);
        return said;
    }

    /// <summary>The configuration file that a backup holds; <c>null</c>: none, or the present one.</summary>
    private static async Task<byte[]?> ConfigurationOfAsync(
        string next,
        string? configuration,
        CancellationToken cancellation
    )
    {
        var held = Path.Combine(next, BackupManifest.Configuration);
        if (!File.Exists(held))
        {
            return null;
        }

        var content = await File.ReadAllBytesAsync(held, cancellation);
        var present =
            configuration is not null && File.Exists(configuration)
                ? await File.ReadAllBytesAsync(configuration, cancellation)
                : null;
        return content.AsSpan().SequenceEqual(present) ? null : content;
    }

    private static string PutConfiguration(string data, byte[] content)
    {
        var path = Path.Combine(data, Configuration);
        using (
            var file = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
        {
            file.Write(content);
        }

        return $" The configuration file that it holds is another one than the present: compare them, and put {path} in its place if that is right.";
    }

    private static async Task<BackupManifest> UnpackAsync(
        Stream backup,
        string name,
        string to,
        CancellationToken cancellation
    )
    {
        var reader = PipeReader.Create(backup, new StreamPipeReaderOptions(leaveOpen: true));
        var isGzip = await IsGzipAsync(reader, cancellation);
        try
        {
            await using var unpacked = new GZipStream(reader.AsStream(), CompressionMode.Decompress);
            await using var tar = new TarReader(unpacked);
            if ((await tar.GetNextEntryAsync(cancellationToken: cancellation))?.Name != BackupManifest.MarkerName)
            {
                throw Foreign(name);
            }

            var manifest = await UnpackAsync(tar, name, to, cancellation);
            // What follows the archive counts as well: its checksum.
            await unpacked.CopyToAsync(Stream.Null, cancellation);
            return manifest;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or JsonException or FormatException)
        {
            throw isGzip ? Damaged(name, e.Message) : Foreign(name);
        }
    }

    private static async Task<bool> IsGzipAsync(PipeReader reader, CancellationToken cancellation)
    {
        var begin = (await reader.ReadAtLeastAsync(2, cancellation)).Buffer;
        var isGzip = begin.Length >= 2 && begin.Slice(0, 2).ToArray() is [0x1f, 0x8b];
        reader.AdvanceTo(begin.Start);
        return isGzip;
    }

    private static async Task<BackupManifest> UnpackAsync(
        TarReader tar,
        string file,
        string to,
        CancellationToken cancellation
    )
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var links = new List<(string Path, string Target)>();
        while (await tar.GetNextEntryAsync(cancellationToken: cancellation) is { } entry)
        {
            if (entry.Name == BackupManifest.Name)
            {
                var manifest = BackupManifest.Read(entry.DataStream!) ?? throw Damaged(file, "its list is empty");
                Compare(file, manifest, found);
                // Last, so that nothing was written through one.
                links.ForEach(link => File.CreateSymbolicLink(link.Path, link.Target));
                return manifest;
            }

            var path = Path.GetFullPath(Path.Combine(to, entry.Name));
            if (
                !path.StartsWith(to + "/", StringComparison.Ordinal)
                || !(
                    entry.Name == BackupManifest.Configuration
                    || entry.Name.StartsWith(BackupManifest.Data, StringComparison.Ordinal)
                )
            )
            {
                throw Damaged(file, $"it has a file outside of the data directory: {entry.Name}");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(path, entry.Mode);
                    break;
                case TarEntryType.SymbolicLink:
                    links.Add((path, entry.LinkName));
                    break;
                case TarEntryType.RegularFile:
                    found[entry.Name] = await WriteAsync(entry, path, cancellation);
                    break;
                default:
                    throw Damaged(file, $"{entry.Name} is no file, directory or link");
            }
        }

        throw Damaged(file, "its end is missing");
    }

    private static async Task<string> WriteAsync(TarEntry entry, string path, CancellationToken cancellation)
    {
        await using (
            var output = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.ReadWrite,
                    UnixCreateMode = entry.Mode,
                }
            )
        )
        {
            if (entry.DataStream is { } content)
            {
                await content.CopyToAsync(output, cancellation);
            }

            await output.FlushAsync(cancellation);
            RandomAccess.FlushToDisk(output.SafeFileHandle);
        }

        File.SetUnixFileMode(path, entry.Mode);
        await using var written = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(written, cancellation));
    }

    private static void Compare(string file, BackupManifest manifest, Dictionary<string, string> found)
    {
        var wrong = manifest
            .Files.Keys.Union(found.Keys)
            .FirstOrDefault(name =>
                !manifest.Files.TryGetValue(name, out var should) || found.GetValueOrDefault(name) != should
            );
        if (wrong is not null)
        {
            throw Damaged(file, $"{wrong} is not what was backed up");
        }
    }

    private static CanaryException Foreign(string file) =>
        new(
            AllInOneCodes.BackupForeign,
            $"{file} is no backup of canary-server.",
            "Name a file that `canary-server backup` has written."
        );

    private static CanaryException Damaged(string file, string what) =>
        new(
            AllInOneCodes.BackupDamaged,
            $"The backup {file} is damaged: {what.TrimEnd('.')}.",
            "Use another one. The data directory is as it was."
        );
}
