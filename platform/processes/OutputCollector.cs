using System.Buffers;
using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Canary.Processes;

/// <summary>Reads a process's output to its end, keeps the tail, and tells when the limit is passed.</summary>
internal sealed partial class OutputCollector(ProcessSpec spec, Action limitPassed)
{
    /// <summary>Asks for the number of bytes that can be read at once (ioctl_tty(2), pipe(7)).</summary>
    private const nuint BytesWaiting = 0x541B;

    private readonly Lock _gate = new();
    private readonly OutputTail _tail = new(spec.TailLength);
    private readonly ArrayBufferWriter<byte> _captured = new();
    private long _total;

    internal ReadOnlyMemory<byte> Captured => _captured.WrittenMemory;

    internal bool LimitPassed => Interlocked.Read(ref _total) > spec.OutputLimit;

    internal string Tail
    {
        get
        {
            lock (_gate)
            {
                return _tail.ToString();
            }
        }
    }

    /// <summary>Reads until the end of the pipe or, once <paramref name="ended"/> fires, what lies in it: a background child
    /// may hold it open for ever.</summary>
    internal async Task ReadAsync(PipeStream pipe, bool capture, CancellationToken ended)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await pipe.ReadAsync(buffer, ended) is > 0 and var count)
            {
                await TakeAsync(buffer.AsMemory(0, count), capture);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // Whatever the process has written is there, however late this process comes to read it.
            for (var left = WaitingIn(pipe); left > 0; )
            {
                var count = await pipe.ReadAsync(
                    buffer.AsMemory(0, Math.Min(left, buffer.Length)),
                    CancellationToken.None
                );
                await TakeAsync(buffer.AsMemory(0, count), capture);
                left -= count;
            }
        }
    }

    private static int WaitingIn(PipeStream pipe) =>
        Control(pipe.SafePipeHandle, BytesWaiting, out var count) == 0 ? count : 0;

    private async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes, bool capture)
    {
        var room = spec.OutputLimit - (Interlocked.Add(ref _total, bytes.Length) - bytes.Length);
        var accepted = bytes[..(int)Math.Clamp(room, 0, bytes.Length)];
        if (!accepted.IsEmpty)
        {
            await AcceptAsync(accepted, capture);
        }
        if (accepted.Length < bytes.Length)
        {
            limitPassed();
        }
    }

    private async ValueTask AcceptAsync(ReadOnlyMemory<byte> bytes, bool capture)
    {
        if (capture)
        {
            _captured.Write(bytes.Span);
            return;
        }
        lock (_gate)
        {
            _tail.Append(bytes.Span);
        }
        if (spec.Output is { } output)
        {
            await output(bytes);
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeHandle pipe, nuint request, out int result);
}
