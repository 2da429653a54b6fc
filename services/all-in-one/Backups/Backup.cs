using System.Reflection;
using System.Text;
using Canary.Failures;
using Canary.Hosting;

namespace Canary.AllInOne.Backups;

/// <summary>Writes what a server keeps as one archive.</summary>
/// <param name="host">Whose data it is.</param>
/// <param name="configuration">Its configuration file; <c>null</c>: it has none.</param>
internal sealed class Backup(CanaryHostBuilder host, string? configuration)
{
    private const string Sqlite = "sqlite";

    /// <summary>Of a running process, fetched or made again, or too large and of no value: caches of builds, and hosts that are simulated.
    /// </summary>
    private static readonly string[] NotKept =
    [
        "lock",
        "server.json",
        "workspaces",
        "sandbox",
        "deployer/hosts",
        "ci-coordinator/caches",
        "packager/rehearsal",
        "repository-publisher/incoming",
        "repository-publisher/contents",
        "repository-publisher/readings",
        Restoration.Unfinished,
    ];

    private static readonly string[] OfRunningProcesses = [".db-wal", ".db-shm", ".db-journal", ".part", ".tmp"];

    private readonly string _data = host.DataPath;

    private static string Version =>
        Assembly
            .GetExecutingAssembly()
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;

    /// <summary>Writes it.</summary>
    /// <param name="output">Receives the archive.</param>
    /// <param name="cancellation">Leaves it as it is.</param>
    public async Task WriteAsync(Stream output, CancellationToken cancellation)
    {
        var scratch = CreateScratch();
        try
        {
            await using var backup = new BackupWriter(output);
            await backup.AddTextAsync(
                BackupManifest.MarkerName,
                Encoding.ASCII.GetBytes(BackupManifest.Marker),
                cancellation
            );
            // Before the files: what the databases know of is there in any case.
            var databases = CopyDatabases(scratch);
            await AddDirectoryAsync(backup, "", databases, cancellation);
            if (configuration is not null)
            {
                await backup.AddFileAsync(BackupManifest.Configuration, configuration, cancellation);
            }

            await backup.CompleteAsync(Version, cancellation);
            await Console.Error.WriteLineAsync(
                $"{databases.Count} databases and {backup.Count - databases.Count} other files of {_data}"
                    + (configuration is null ? "" : $", and {configuration}")
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"The backup is not whole: {exception.Message}",
                "Make it again; if it fails again, as the user that the server runs as, with space in the directory for temporary files.",
                exception
            );
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static string CreateScratch()
    {
        try
        {
            return Directory.CreateTempSubdirectory("canary-backup-").FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"The databases cannot be copied to {Path.GetTempPath()} before they are read: {exception.Message}",
                "Name a directory with space for them in the environment variable TMPDIR, as the user that the server runs as: that of root is not for others.",
                exception
            );
        }
    }

    /// <exception cref="CanaryException">It would lack something that the server keeps.</exception>
    public void RefuseWhatItWouldNotHold()
    {
        if (host.Configuration["hosting:storage:provider"] is { } provider && provider != Sqlite)
        {
            throw new CanaryException(
                AllInOneCodes.BackupElsewhere,
                "The databases are in PostgreSQL, which backs them up itself.",
                "Use pg_dump, and copy the publisher's data directory and the files with secrets after it."
            );
        }

        if (!Directory.Exists(_data))
        {
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"There is no data directory {_data}.",
                "Name it with --data, or the configuration file with --config."
            );
        }

        if (
            new DirectoryInfo(_data)
                .EnumerateFileSystemInfos()
                .FirstOrDefault(entry => entry.LinkTarget is not null && IsKept(entry.Name)) is
            { } link
        )
        {
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"{link.FullName} is a link to {link.LinkTarget}, whose content no backup would hold.",
                "Mount that directory in its place (mount --bind, and fstab), or back it up as files."
            );
        }
    }

    /// <summary>Copies of all databases, by their paths below the data directory: each service has the one of its name.</summary>
    private Dictionary<string, string> CopyDatabases(string scratch)
    {
        var copies = new DirectoryInfo(_data)
            .EnumerateDirectories()
            .Select(service => $"{service.Name}/{service.Name}.db")
            .Where(path => new FileInfo(Path.Combine(_data, path)) is { Exists: true, LinkTarget: null })
            .ToDictionary(path => path, path => Path.Combine(scratch, Path.GetFileName(path)), StringComparer.Ordinal);
        DatabaseCopies.Make([.. copies.Select(copy => (Path.Combine(_data, copy.Key), copy.Value))]);
        return copies;
    }

    private async Task AddDirectoryAsync(
        BackupWriter backup,
        string directory,
        Dictionary<string, string> databases,
        CancellationToken cancellation
    )
    {
        foreach (var entry in EntriesOf(directory))
        {
            var path = Path.GetRelativePath(_data, entry.FullName);
            var name = BackupManifest.Data + path;
            if (!IsKept(path))
            {
                continue;
            }

            if (entry.LinkTarget is { } target)
            {
                await backup.AddLinkAsync(name, target, cancellation);
            }
            else if (entry is DirectoryInfo)
            {
                await backup.AddDirectoryAsync(name, entry.FullName, cancellation);
                await AddDirectoryAsync(backup, path, databases, cancellation);
            }
            else if (databases.TryGetValue(path, out var copy))
            {
                await backup.AddFileAsync(name, copy, cancellation);
            }
            else
            {
                await AddIfThereAsync(backup, name, entry.FullName, cancellation);
            }
        }
    }

    /// <summary>Superseded indexes and old packages go while the server runs.</summary>
    private List<FileSystemInfo> EntriesOf(string directory)
    {
        try
        {
            return
            [
                .. new DirectoryInfo(Path.Combine(_data, directory))
                    .EnumerateFileSystemInfos()
                    .OrderBy(entry => entry.Name, StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static async Task AddIfThereAsync(
        BackupWriter backup,
        string name,
        string path,
        CancellationToken cancellation
    )
    {
        try
        {
            await backup.AddFileAsync(name, path, cancellation);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { }
    }

    private static bool IsKept(string path) =>
        !NotKept.Contains(path, StringComparer.Ordinal)
        && !NotKept.Any(place => path.StartsWith(place + "/", StringComparison.Ordinal))
        && !path.StartsWith(Restoration.Replaced, StringComparison.Ordinal)
        && !OfRunningProcesses.Any(suffix => path.EndsWith(suffix, StringComparison.Ordinal));
}
