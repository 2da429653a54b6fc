using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Canary.Files;

namespace Canary.Deployer.Transport.Local;

/// <summary>
/// What simulated hosts see of this machine's <c>/etc</c>, below what they write there themselves: a copy of what every user may
/// read, without what belongs to apt, to logins and to single services of this machine. Passwords are locked.
/// </summary>
internal sealed class MachineConfiguration(DataDirectory data) : IDisposable
{
    private const string Etc = "/etc";

    private const long LargestFile = 4 << 20;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly HashSet<string> Excluded = new(StringComparer.Ordinal)
    {
        "apt",
        "cron.d",
        "cron.daily",
        "cron.hourly",
        "cron.monthly",
        "cron.weekly",
        "crontab",
        "dpkg/dpkg.cfg.d",
        "fstab",
        "hostname",
        "machine-id",
        "mtab",
        "resolv.conf",
        "ssh",
        "ssl/private",
        "subgid",
        "subuid",
        "sudoers",
        "sudoers.d",
        "systemd/system",
        "systemd/user",
    };

    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _path;

    /// <summary>The copy, made at the first call; another one where this machine's files are others.</summary>
    public async Task<string> PathAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return _path ??= Make();
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private string Make()
    {
        var entries = Find(new DirectoryInfo(Etc)).ToList();
        var machine = Path.Combine(data.For(DeployerModule.Name), "machine");
        var path = Path.Combine(machine, $"etc-{Fingerprint(entries)}");
        if (Directory.Exists(path))
        {
            return path;
        }

        var draft = $"{path}.{Guid.NewGuid():N}.new";
        Directory.CreateDirectory(Path.Combine(draft, "apt"));
        foreach (var (entry, name) in entries)
        {
            try
            {
                Copy(entry, Path.Combine(draft, name));
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // This machine is just being changed.
            }
        }

        File.WriteAllText(Path.Combine(draft, "resolv.conf"), "");
        Lock(draft, "passwd", "shadow", ":*:::::::");
        Lock(draft, "group", "gshadow", ":*::");
        try
        {
            Directory.Move(draft, path);
        }
        catch (IOException) when (Directory.Exists(path))
        {
            // Another process of the same installation was faster.
            Directory.Delete(draft, recursive: true);
        }

        return path;
    }

    private static IEnumerable<(FileSystemInfo Entry, string Name)> Find(DirectoryInfo directory) =>
        directory
            .EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true })
            .Select(entry => (Entry: entry, Name: Path.GetRelativePath(Etc, entry.FullName)))
            .Where(it => !Excluded.Contains(it.Name) && IsPublic(it.Entry))
            .OrderBy(it => it.Name, StringComparer.Ordinal)
            .SelectMany(it => it.Entry is DirectoryInfo { LinkTarget: null } below ? Find(below).Prepend(it) : [it]);

    /// <summary>Whether simulated hosts see it. A file that this user may not write to is <see cref="FileAttributes.ReadOnly"/>, and not
    /// <see cref="FileAttributes.Normal"/>.</summary>
    internal static bool IsPublic(FileSystemInfo entry) =>
        entry switch
        {
            { LinkTarget: not null } => true,
            DirectoryInfo => entry.UnixFileMode.HasFlag(UnixFileMode.OtherRead | UnixFileMode.OtherExecute),
            FileInfo { Exists: true } file => file.UnixFileMode.HasFlag(UnixFileMode.OtherRead)
                && (file.Attributes & ~FileAttributes.ReadOnly) is 0 or FileAttributes.Normal
                && file.Length <= LargestFile,
            _ => false,
        };

    private static string Fingerprint(List<(FileSystemInfo Entry, string Name)> entries)
    {
        var text = new StringBuilder();
        foreach (var (entry, name) in entries)
        {
            var what = entry is FileInfo { LinkTarget: null, Exists: true } file
                ? string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}")
                : entry.LinkTarget;
            text.Append(name).Append(' ').Append(what).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }

    private static void Copy(FileSystemInfo entry, string to)
    {
        if (entry.LinkTarget is { } target)
        {
            File.CreateSymbolicLink(to, target);
        }
        else if (entry is FileInfo file)
        {
            file.CopyTo(to);
        }
        else
        {
            Directory.CreateDirectory(to);
        }
    }

    /// <summary>A line without a password for each of a file's names.</summary>
    private static void Lock(string directory, string names, string passwords, string fields)
    {
        var source = Path.Combine(directory, names);
        if (!File.Exists(source))
        {
            return;
        }

        var lines = File.ReadLines(source)
            .Select(line => line.Split(':')[0])
            .Where(name => name.Length > 0)
            .Select(name => name + fields);
        var path = Path.Combine(directory, passwords);
        File.WriteAllLines(path, lines);
        File.SetUnixFileMode(path, OwnerOnly);
    }
}
