using System.Globalization;
using System.Reflection;
using System.Text;
using Canary.Failures;
using Canary.Hosting;

namespace Canary.AllInOne.Backups;

/// <summary>Writes what a server keeps to one file.</summary>
internal static class Backup
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Sqlite = "sqlite";

    /// <summary>Of a running process, or made anew.</summary>
    private static readonly string[] NotKept = ["lock", "server.json", "workspaces", "sandbox", "deployer/hosts"];

    private static readonly string[] OfRunningProcesses = [".db-wal", ".db-shm", ".db-journal", ".part", ".tmp"];

    private static string Version =>
        Assembly
            .GetExecutingAssembly()
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;

    /// <summary>Writes it.</summary>
    /// <param name="host">Whose data it is.</param>
    /// <param name="configuration">Its configuration file.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellation">Leaves nothing.</param>
    public static async Task WriteAsync(
        CanaryHostBuilder host,
        string? configuration,
        string file,
        CancellationToken cancellation
    )
    {
        if (host.Configuration["hosting:storage:provider"] is { } provider && provider != Sqlite)
        {
            throw new CanaryException(
                AllInOneCodes.BackupElsewhere,
                "The databases are in PostgreSQL, which backs them up itself.",
                "Use pg_dump, and copy the publisher's data directory and the files with secrets after it."
            );
        }

        if (!Directory.Exists(host.DataPath))
        {
            throw new CanaryException(
                AllInOneCodes.BackupFailed,
                $"There is no data directory {host.DataPath}.",
                "Name it with --data, or the configuration file with --config."
            );
        }

        var part = $"{file}.{Guid.NewGuid():N}.part";
        try
        {
            await using (
                var output = new FileStream(
                    part,
                    new FileStreamOptions
                    {
                        Mode = FileMode.CreateNew,
                        Access = FileAccess.Write,
                        UnixCreateMode = Private,
                    }
                )
            )
            {
                await WriteAsync(host.DataPath, configuration, output, cancellation);
                await output.FlushAsync(cancellation);
                RandomAccess.FlushToDisk(output.SafeFileHandle);
            }

            File.Move(part, file);
        }
        catch
        {
            File.Delete(part);
            throw;
        }

        await Console.Out.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file}: {new FileInfo(file).Length / 1048576.0:0.0} MiB. It holds the keys and tokens of this server: keep it as safe as those."
            )
        );
    }

    private static async Task WriteAsync(
        string data,
        string? configuration,
        Stream output,
        CancellationToken cancellation
    )
    {
        var scratch = Directory.CreateTempSubdirectory("canary-backup-").FullName;
        try
        {
            await using var backup = new BackupWriter(output);
            await backup.AddTextAsync(
                BackupManifest.MarkerName,
                Encoding.ASCII.GetBytes(BackupManifest.Marker),
                cancellation
            );
            // Before the files: what the databases know of is there in any case.
            var databases = Directory
                .GetFiles(data, "*.db", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(data, path))
                .Where(IsKept)
                .ToList();
            DatabaseCopies.Make([
                .. databases.Select(
                    (path, i) =>
                        (Path.Combine(data, path), Path.Combine(scratch, i.ToString(CultureInfo.InvariantCulture)))
                ),
            ]);
            await BelongsToOwnerAsync(data, databases, cancellation);
            await AddDirectoryAsync(backup, data, "", databases, scratch, cancellation);
            if (configuration is not null)
            {
                await backup.AddFileAsync(BackupManifest.Configuration, configuration, cancellation);
            }

            await backup.CompleteAsync(Version, cancellation);
            await Console.Out.WriteLineAsync(
                $"{databases.Count} databases and {backup.Count - databases.Count} other files of {data}"
                    + (configuration is null ? "" : $", and {configuration}")
            );
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static async Task AddDirectoryAsync(
        BackupWriter backup,
        string data,
        string directory,
        List<string> databases,
        string scratch,
        CancellationToken cancellation
    )
    {
        foreach (
            var entry in new DirectoryInfo(Path.Combine(data, directory))
                .EnumerateFileSystemInfos()
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)
        )
        {
            var path = Path.GetRelativePath(data, entry.FullName);
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
                await AddDirectoryAsync(backup, data, path, databases, scratch, cancellation);
            }
            else if (databases.IndexOf(path) is >= 0 and var number)
            {
                await backup.AddFileAsync(
                    name,
                    Path.Combine(scratch, number.ToString(CultureInfo.InvariantCulture)),
                    cancellation
                );
            }
            else
            {
                await AddIfThereAsync(backup, name, entry.FullName, cancellation);
            }
        }
    }

    /// <summary>Superseded indexes and old packages go while the server runs.</summary>
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

    /// <summary>Root that looks into a database makes files beside it, which the server could not write to.</summary>
    private static async Task BelongsToOwnerAsync(string data, List<string> databases, CancellationToken cancellation)
    {
        if (Environment.IsPrivilegedProcess)
        {
            var beside = databases
                .SelectMany(path => OfRunningProcesses[..2].Select(suffix => Path.Combine(data, path[..^3] + suffix)))
                .Where(File.Exists)
                .ToList();
            await Ownership.GiveAsync(data, beside, cancellation);
        }
    }
}
