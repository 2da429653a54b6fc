using System.Collections.Concurrent;
using System.Threading.Channels;
using Canary.Files;

namespace Canary.CiCoordinator.Builds;

/// <summary>
/// The logs of builds on their way to ingress. Each is a file that grows (<c>RELEASE.log</c>) and is complete when its build
/// has ended (<c>RELEASE.done</c>); it goes away when ingress has all of it, so nothing is lost while ingress is.
/// </summary>
internal sealed class BuildLogs(DataDirectory data)
{
    private const string Growing = ".log";
    private const string Done = ".done";

    private readonly string _directory = Directory
        .CreateDirectory(Path.Combine(data.For(CiCoordinatorModule.Name), "logs"))
        .FullName;
    private readonly ConcurrentDictionary<Guid, bool> _announced = new();
    private readonly Channel<Guid> _changes = Channel.CreateUnbounded<Guid>();

    /// <summary>Releases whose log has something new.</summary>
    internal ChannelReader<Guid> Changes => _changes.Reader;

    /// <summary>Opens the log of a build, at its end if an earlier attempt has written to it.</summary>
    internal BuildLog Open(Guid releaseId)
    {
        if (File.Exists(PathOf(releaseId, Done)))
        {
            File.Move(PathOf(releaseId, Done), PathOf(releaseId, Growing), overwrite: true);
        }
        return new BuildLog(PathOf(releaseId, Growing), () => Announce(releaseId), () => Complete(releaseId));
    }

    /// <summary>Has the log looked at, once for all changes until somebody takes it up.</summary>
    internal void Announce(Guid releaseId)
    {
        if (_announced.TryAdd(releaseId, true))
        {
            _changes.Writer.TryWrite(releaseId);
        }
    }

    /// <summary>From now on changes are announced anew.</summary>
    internal void TakeUp(Guid releaseId) => _announced.TryRemove(releaseId, out _);

    /// <summary>Logs that an earlier life of the host has left.</summary>
    internal IEnumerable<Guid> FindAll() =>
        Directory
            .EnumerateFiles(_directory)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => Guid.TryParse(name, out _))
            .Select(Guid.Parse)
            .Distinct();

    /// <summary>Reads on from an offset; tells whether the log is complete.</summary>
    internal async Task<(byte[] Bytes, bool IsComplete)> ReadAsync(
        Guid releaseId,
        long offset,
        int atMost,
        CancellationToken cancellation
    )
    {
        // In this order: what is complete when we look has all of its bytes when we read.
        var isComplete = File.Exists(PathOf(releaseId, Done));
        try
        {
            await using var file = new FileStream(
                PathOf(releaseId, isComplete ? Done : Growing),
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            file.Position = offset;
            var bytes = new byte[(int)Math.Clamp(file.Length - offset, 0, atMost)];
            await file.ReadExactlyAsync(bytes, cancellation);
            return (bytes, isComplete);
        }
        catch (FileNotFoundException)
        {
            return ([], isComplete);
        }
    }

    internal void Remove(Guid releaseId) => File.Delete(PathOf(releaseId, Done));

    /// <summary>Time of the last change of a log.</summary>
    internal DateTimeOffset ChangedAt(Guid releaseId) =>
        File.GetLastWriteTimeUtc(PathOf(releaseId, File.Exists(PathOf(releaseId, Done)) ? Done : Growing));

    internal void Forget(Guid releaseId)
    {
        File.Delete(PathOf(releaseId, Done));
        File.Delete(PathOf(releaseId, Growing));
    }

    private void Complete(Guid releaseId)
    {
        File.Move(PathOf(releaseId, Growing), PathOf(releaseId, Done), overwrite: true);
        Announce(releaseId);
    }

    private string PathOf(Guid releaseId, string extension) =>
        Path.Combine(_directory, releaseId.ToString("N") + extension);
}
