using System.Formats.Tar;
using System.IO.Compression;
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

    private const string Lock = "lock";

    /// <summary>Restores.</summary>
    /// <param name="data">The data directory.</param>
    /// <param name="configuration">Where the configuration goes if nothing is there.</param>
    /// <param name="file">The backup.</param>
    /// <param name="cancellation">Leaves the data directory as it is.</param>
    public static async Task RunAsync(string data, string? configuration, string file, CancellationToken cancellation)
    {
        using var ownership = DataOwnership.Take(data);
        var next = Path.Combine(data, $"restored-{Guid.NewGuid():N}.part");
        try
        {
            var manifest = await UnpackAsync(file, new DataDirectory(next).Root, cancellation);
            var replaced = Replace(data, Path.Combine(next, "data"));
            var said = await PutConfigurationAsync(
                Path.Combine(next, BackupManifest.Configuration),
                configuration,
                cancellation
            );
            Directory.Delete(next, recursive: true);
            if (Environment.IsPrivilegedProcess)
            {
                await Ownership.GiveAsync(data, [.. Directory.GetFileSystemEntries(data)], cancellation);
            }

            await Console.Out.WriteLineAsync(
                $"{data} is what {file} holds: {manifest.Files.Count} files of version {manifest.Version}.{replaced}{said} Start the server."
            );
        }
        catch
        {
            if (Directory.Exists(next))
            {
                Directory.Delete(next, recursive: true);
            }

            throw;
        }
    }

    private static string Replace(string data, string next)
    {
        var old = Directory
            .GetFileSystemEntries(data)
            .Where(entry =>
                Path.GetFileName(entry) is var name
                && name != Lock
                && !name.StartsWith(Replaced, StringComparison.Ordinal)
                && !next.StartsWith(entry + "/", StringComparison.Ordinal)
            )
            .ToList();
        var said = "";
        if (old.Count > 0)
        {
            var aside = Path.Combine(data, $"{Replaced}{Guid.NewGuid():N}");
            Directory.CreateDirectory(aside, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            old.ForEach(entry => Move(entry, Path.Combine(aside, Path.GetFileName(entry))));
            said = $" What was there before is in {aside}.";
        }

        foreach (var entry in Directory.GetFileSystemEntries(next))
        {
            Move(entry, Path.Combine(data, Path.GetFileName(entry)));
        }

        return said;
    }

    private static void Move(string from, string to)
    {
        if (File.GetAttributes(from).HasFlag(FileAttributes.Directory) && new FileInfo(from).LinkTarget is null)
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to);
        }
    }

    private static async Task<string> PutConfigurationAsync(
        string held,
        string? configuration,
        CancellationToken cancellation
    )
    {
        if (!File.Exists(held))
        {
            return "";
        }

        if (configuration is null)
        {
            return " The configuration file that it holds was not restored: name a place with --config.";
        }

        if (!File.Exists(configuration))
        {
            File.Copy(held, configuration);
            return $" So is {configuration}.";
        }

        var present = await File.ReadAllTextAsync(configuration, cancellation);
        return present == await File.ReadAllTextAsync(held, cancellation)
            ? ""
            : $" {configuration} differs from the one that it holds, and stays as it is.";
    }

    private static async Task<BackupManifest> UnpackAsync(string file, string to, CancellationToken cancellation)
    {
        try
        {
            await using var input = File.OpenRead(file);
            await using var unpacked = new GZipStream(input, CompressionMode.Decompress);
            await using var tar = new TarReader(unpacked);
            if ((await tar.GetNextEntryAsync(cancellationToken: cancellation))?.Name != BackupManifest.MarkerName)
            {
                throw Foreign(file);
            }

            var manifest = await UnpackAsync(tar, file, to, cancellation);
            // What follows the archive counts as well: its checksum.
            await unpacked.CopyToAsync(Stream.Null, cancellation);
            return manifest;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or JsonException or FormatException)
        {
            throw IsGzip(file) ? Damaged(file, e.Message) : Foreign(file);
        }
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

    private static bool IsGzip(string file)
    {
        using var input = File.OpenRead(file);
        return input.ReadByte() == 0x1f && input.ReadByte() == 0x8b;
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
