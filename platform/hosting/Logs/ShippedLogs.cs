using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Canary.Hosting.Security;

namespace Canary.Hosting.Logs;

/// <summary>A log of a release.</summary>
/// <param name="ReleaseId">The release.</param>
/// <param name="Host">Whose; <c>null</c>: no host's.</param>
public readonly record struct LogName(Guid ReleaseId, string? Host = null);

/// <summary>
/// Logs on their way to ingress. Each is a file that grows (<c>NAME.log</c>) and is complete when its work has ended
/// (<c>NAME.done</c>); it goes away when ingress has all of it, so nothing is lost while ingress is. Work that goes on later, in
/// another step of the release, leaves how much there was (<c>NAME.sent</c>).
/// </summary>
/// <param name="directory">Where the files are.</param>
/// <param name="stage">Stage that ingress keeps them under.</param>
/// <param name="isContinued">Whether what is written after all was sent goes on from there; else it is a new attempt.</param>
/// <param name="secrets">What no log shows.</param>
public abstract class ShippedLogs(string directory, string stage, bool isContinued, KnownSecrets secrets)
{
    private const string Growing = ".log";
    private const string Done = ".done";
    private const string Sent = ".sent";

    private readonly string _directory = Directory.CreateDirectory(directory).FullName;
    private readonly ConcurrentDictionary<LogName, bool> _announced = new();
    private readonly Channel<LogName> _changes = Channel.CreateUnbounded<LogName>();
    private readonly Lock _files = new();

    /// <summary>Stage that ingress keeps them under.</summary>
    public string Stage { get; } = stage;

    /// <summary>Logs that have something new.</summary>
    internal ChannelReader<LogName> Changes => _changes.Reader;

    /// <summary>Opens a log, at its end if it has been written to before.</summary>
    public ShippedLog Open(LogName log)
    {
        lock (_files)
        {
            if (File.Exists(PathOf(log, Done)))
            {
                File.Move(PathOf(log, Done), PathOf(log, Growing), overwrite: true);
            }

            return new ShippedLog(PathOf(log, Growing), secrets.Read(), () => Announce(log), () => Complete(log));
        }
    }

    /// <summary>Has the log looked at, once for all changes until somebody takes it up.</summary>
    internal void Announce(LogName log)
    {
        if (_announced.TryAdd(log, true))
        {
            _changes.Writer.TryWrite(log);
        }
    }

    /// <summary>From now on changes are announced anew.</summary>
    internal void TakeUp(LogName log) => _announced.TryRemove(log, out _);

    /// <summary>Logs that an earlier life of the host has left.</summary>
    internal IEnumerable<LogName> FindAll() =>
        Directory
            .EnumerateFiles(_directory)
            .Where(file => !file.EndsWith(Sent, StringComparison.Ordinal))
            .Select(file => Path.GetFileNameWithoutExtension(file).Split('@', 2))
            .Where(parts => Guid.TryParse(parts[0], out _))
            .Select(parts => new LogName(Guid.Parse(parts[0]), parts.ElementAtOrDefault(1)))
            .Distinct();

    /// <summary>Offset of the first byte that is still here.</summary>
    internal long BeginOf(LogName log) =>
        isContinued
        && File.Exists(PathOf(log, Sent))
        && long.TryParse(File.ReadAllText(PathOf(log, Sent)), CultureInfo.InvariantCulture, out var length)
            ? length
            : 0;

    /// <summary>Reads on from an offset; tells whether the log is complete.</summary>
    internal async Task<(byte[] Bytes, bool IsComplete)> ReadAsync(
        LogName log,
        long offset,
        int atMost,
        CancellationToken cancellation
    )
    {
        // In this order: what is complete when we look has all of its bytes when we read.
        var isComplete = File.Exists(PathOf(log, Done));
        var begin = BeginOf(log);
        try
        {
            await using var file = new FileStream(
                PathOf(log, isComplete ? Done : Growing),
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            file.Position = Math.Max(0, offset - begin);
            var bytes = new byte[(int)Math.Clamp(file.Length - file.Position, 0, atMost)];
            await file.ReadExactlyAsync(bytes, cancellation);
            return (bytes, isComplete);
        }
        catch (FileNotFoundException)
        {
            return ([], isComplete);
        }
    }

    /// <summary>Ingress has all of a complete log.</summary>
    internal void Remove(LogName log, long length)
    {
        lock (_files)
        {
            // Unless somebody has opened it again meanwhile.
            if (isContinued && File.Exists(PathOf(log, Done)))
            {
                File.WriteAllText(PathOf(log, Sent), length.ToString(CultureInfo.InvariantCulture));
            }

            File.Delete(PathOf(log, Done));
        }
    }

    /// <summary>Time of the last change of a log.</summary>
    internal DateTimeOffset ChangedAt(LogName log) =>
        File.GetLastWriteTimeUtc(PathOf(log, File.Exists(PathOf(log, Done)) ? Done : Growing));

    internal void Forget(LogName log)
    {
        File.Delete(PathOf(log, Done));
        File.Delete(PathOf(log, Growing));
    }

    /// <summary>Removes the lengths of logs that nobody will go on with.</summary>
    internal void Sweep(DateTimeOffset sentBefore)
    {
        foreach (var file in Directory.EnumerateFiles(_directory, "*" + Sent))
        {
            if (File.GetLastWriteTimeUtc(file) < sentBefore)
            {
                File.Delete(file);
            }
        }
    }

    private void Complete(LogName log)
    {
        lock (_files)
        {
            File.Move(PathOf(log, Growing), PathOf(log, Done), overwrite: true);
        }

        Announce(log);
    }

    private string PathOf(LogName log, string extension) =>
        Path.Combine(_directory, log.ReleaseId.ToString("N") + (log.Host is { } host ? $"@{host}" : "") + extension);
}
