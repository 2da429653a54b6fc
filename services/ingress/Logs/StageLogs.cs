using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Canary.Files;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Logs;

/// <summary>What an append led to.</summary>
/// <param name="Length">How much of the log the writer need not send again.</param>
/// <param name="Gap">Whether the offset is beyond the end, so that nothing was written.</param>
/// <param name="Truncated">Whether the log is full, so that the rest is dropped.</param>
internal readonly record struct Appended(long Length, bool Gap, bool Truncated);

/// <summary>
/// The logs of stages, one file each, written by offset: bytes that are there already are skipped, so a writer may send
/// again whatever it is not sure of. Bytes that differ from those at the same offset come from a new attempt of the stage, and
/// the log goes on with them from there.
/// </summary>
internal sealed class StageLogs(DataDirectory data, IOptionsMonitor<IngressOptions> options, TimeProvider time)
{
    private const string Extension = ".log";

    private const int LongestStage = 40;

    private const int LongestHost = 200;

    private const string HostFolder = "hosts/";

    private const int Chunk = 64 * 1024;

    private readonly SemaphoreSlim[] _writers = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = [];

    /// <summary>Names of stages are also names of files.</summary>
    public static bool IsStage(string stage) =>
        stage.Length is > 0 and <= LongestStage
        && char.IsAsciiLetterLower(stage[0])
        && stage.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>The name under which a host's log is kept; <c>null</c>: that is no name of a host.</summary>
    public static string? OfHost(string host) =>
        host.Length is > 0 and <= LongestHost
        && char.IsAsciiLetterOrDigit(host[0])
        && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')
            ? HostFolder + host
            : null;

    /// <summary>Writes what is new of a piece of log.</summary>
    public async Task<Appended> AppendAsync(
        Guid release,
        string stage,
        long offset,
        Stream content,
        CancellationToken cancellationToken
    )
    {
        var path = PathOf(release, stage);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            // Read before the lock is taken: other logs share it, and the sender need not hurry.
            for (var at = offset; ; )
            {
                var read = await content.ReadAtLeastAsync(
                    buffer.AsMemory(0, Chunk),
                    Chunk,
                    throwOnEndOfStream: false,
                    cancellationToken
                );
                var appended = await AppendAsync(path, at, buffer.AsMemory(0, read), cancellationToken);
                if (read < Chunk || appended.Gap || appended.Truncated)
                {
                    return appended;
                }

                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<Appended> AppendAsync(
        string path,
        long offset,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        var writer = _writers[(uint)path.GetHashCode(StringComparison.Ordinal) % _writers.Length];
        await writer.WaitAsync(cancellationToken);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var file = new FileStream(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.ReadWrite,
                bufferSize: 0,
                useAsync: true
            );
            return await WriteAsync(file, offset, content, cancellationToken);
        }
        finally
        {
            writer.Release();
            Announce(path);
        }
    }

    /// <summary>Length of a log in bytes; 0 if there is none.</summary>
    public long LengthOf(Guid release, string stage) =>
        new FileInfo(PathOf(release, stage)) is { Exists: true } file ? file.Length : 0;

    public bool Exists(Guid release, string stage) => File.Exists(PathOf(release, stage));

    /// <summary>The stages that have a log, in the order of their first lines.</summary>
    public IReadOnlyList<string> StagesOf(Guid release) =>
        new DirectoryInfo(FolderOf(release)) is { Exists: true } folder
            ?
            [
                .. folder
                    .EnumerateFiles("*" + Extension)
                    .OrderBy(file => file.CreationTimeUtc)
                    .Select(file => Path.GetFileNameWithoutExtension(file.Name)),
            ]
            : [];

    /// <summary>The hosts that have a log.</summary>
    public IReadOnlyList<string> HostsOf(Guid release) =>
        new DirectoryInfo(Path.Combine(FolderOf(release), HostFolder)) is { Exists: true } folder
            ?
            [
                .. folder
                    .EnumerateFiles("*" + Extension)
                    .Select(file => Path.GetFileNameWithoutExtension(file.Name))
                    .Order(StringComparer.Ordinal),
            ]
            : [];

    /// <summary>Copies a log from an offset on, to its present end.</summary>
    /// <returns>The offset to go on from: a log that was written anew is read from its start.</returns>
    public async Task<long> CopyAsync(
        Guid release,
        string stage,
        long offset,
        Stream to,
        CancellationToken cancellationToken
    )
    {
        var path = PathOf(release, stage);
        if (!File.Exists(path))
        {
            return offset;
        }

        await using var file = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete,
            bufferSize: 0,
            useAsync: true
        );
        file.Position = offset <= file.Length ? offset : 0;
        await file.CopyToAsync(to, Chunk, cancellationToken);
        return file.Position;
    }

    /// <summary>Ends with the next write to a log. Taken before a look at the log, it misses nothing.</summary>
    public Task NextWrite(Guid release, string stage) =>
        _waiting
            .GetOrAdd(
                PathOf(release, stage),
                _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
            )
            .Task;

    /// <summary>Waits until something is written, or the time is up.</summary>
    public async Task WaitAsync(Task nextWrite, TimeSpan longest, CancellationToken cancellationToken)
    {
        try
        {
            await nextWrite.WaitAsync(longest, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Nothing was written: the caller looks whether anything still will be.
        }
    }

    private async Task<Appended> WriteAsync(
        FileStream file,
        long offset,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        var limit = options.CurrentValue.LogLimit;
        if (file.Length > limit)
        {
            return new Appended(long.MaxValue, Gap: false, Truncated: true);
        }

        if (offset > file.Length)
        {
            return new Appended(file.Length, Gap: true, Truncated: false);
        }

        var room = (int)Math.Min(content.Length, limit - offset);
        await PutAsync(file, offset, content[..room], cancellationToken);
        if (room < content.Length)
        {
            await PutAsync(file, offset + room, Notice(limit), cancellationToken);
            return new Appended(long.MaxValue, Gap: false, Truncated: true);
        }

        return new Appended(file.Length, Gap: false, Truncated: false);
    }

    private static async Task PutAsync(
        FileStream file,
        long at,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        var known = (int)Math.Min(content.Length, file.Length - at);
        if (known > 0)
        {
            var there = new byte[known];
            file.Position = at;
            await file.ReadExactlyAsync(there, cancellationToken);
            var same = content.Span.CommonPrefixLength(there);
            if (same < known)
            {
                file.SetLength(at + same);
            }

            at += same;
            content = content[same..];
        }

        file.Position = at;
        await file.WriteAsync(content, cancellationToken);
    }

    private static ReadOnlyMemory<byte> Notice(long limit) =>
        Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\n[The log ends here: it has reached the {limit} bytes of ingress.log-limit.]\n"
            )
        );

    private void Announce(string path)
    {
        if (_waiting.TryRemove(path, out var signal))
        {
            signal.TrySetResult();
        }
    }

    /// <summary>Releases whose logs were last written to before a time.</summary>
    public IReadOnlyList<Guid> WrittenBefore(DateTimeOffset time)
    {
        var folders = new DirectoryInfo(Path.Combine(data.For("ingress"), "logs"));
        return folders.Exists
            ?
            [
                .. folders
                    .EnumerateDirectories()
                    .Where(folder =>
                        folder
                            .EnumerateFiles()
                            .Select(file => file.LastWriteTimeUtc)
                            .DefaultIfEmpty(folder.LastWriteTimeUtc)
                            .Max() < time.UtcDateTime
                    )
                    .Select(folder => Guid.TryParseExact(folder.Name, "N", out var id) ? id : (Guid?)null)
                    .OfType<Guid>(),
            ]
            : [];
    }

    /// <summary>Forgets the logs of a release.</summary>
    public void Remove(Guid release)
    {
        if (Directory.Exists(FolderOf(release)))
        {
            Directory.Delete(FolderOf(release), recursive: true);
        }
    }

    private string FolderOf(Guid release) => Path.Combine(data.For("ingress"), "logs", release.ToString("N"));

    private string PathOf(Guid release, string stage) =>
        IsStage(stage)
        || (stage.StartsWith(HostFolder, StringComparison.Ordinal) && OfHost(stage[HostFolder.Length..]) == stage)
            ? Path.Combine(FolderOf(release), stage + Extension)
            : throw new ArgumentException("Not the name of a stage.", nameof(stage));
}
