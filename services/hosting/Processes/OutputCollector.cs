using System.Buffers;
using System.Text;

namespace Canary.Hosting.Processes;

/// <summary>Reads a process's output to its end, keeps the tail, and tells when the limit is passed.</summary>
internal sealed class OutputCollector(ProcessSpec spec, Action limitPassed)
{
    /// <summary>How long a pipe must stay silent, after its process has ended, to count as read out: a background child may
    /// hold it open for ever.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly byte[] _tail = new byte[spec.TailLength];
    private readonly ArrayBufferWriter<byte> _captured = new();
    private long _tailWritten;
    private long _total;

    internal ReadOnlyMemory<byte> Captured => _captured.WrittenMemory;

    internal bool LimitPassed => Interlocked.Read(ref _total) > spec.OutputLimit;

    internal string Tail
    {
        get
        {
            lock (_gate)
            {
                return DecodeTail();
            }
        }
    }

    /// <summary>Reads until the end of the stream or, once <paramref name="ended"/> fires, until it falls silent.</summary>
    internal async Task ReadAsync(Stream stream, bool capture, CancellationToken ended)
    {
        var buffer = new byte[16 << 10];
        while (await ReadOnceAsync(stream, buffer, ended) is > 0 and var count)
        {
            var room = spec.OutputLimit - (Interlocked.Add(ref _total, count) - count);
            var accepted = buffer.AsMemory(0, (int)Math.Clamp(room, 0, count));
            if (!accepted.IsEmpty)
            {
                await AcceptAsync(accepted, capture);
            }
            if (accepted.Length < count)
            {
                limitPassed();
            }
        }
    }

    private static async Task<int> ReadOnceAsync(Stream stream, byte[] buffer, CancellationToken ended)
    {
        try
        {
            return await stream.ReadAsync(buffer, ended);
        }
        catch (OperationCanceledException)
        {
            using var silence = new CancellationTokenSource(Silence);
            try
            {
                return await stream.ReadAsync(buffer, silence.Token);
            }
            catch (OperationCanceledException)
            {
                return 0;
            }
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
            AppendToTail(bytes.Span);
        }
        if (spec.Output is { } output)
        {
            await output(bytes);
        }
    }

    private void AppendToTail(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _tail.Length)
        {
            _tailWritten += bytes.Length - _tail.Length;
            bytes = bytes[^_tail.Length..];
        }
        while (!bytes.IsEmpty)
        {
            var target = _tail.AsSpan((int)(_tailWritten % _tail.Length));
            var part = bytes[..Math.Min(target.Length, bytes.Length)];
            part.CopyTo(target);
            bytes = bytes[part.Length..];
            _tailWritten += part.Length;
        }
    }

    private string DecodeTail()
    {
        if (_tailWritten <= _tail.Length)
        {
            return Encoding.UTF8.GetString(_tail, 0, (int)_tailWritten);
        }
        var start = (int)(_tailWritten % _tail.Length);
        ReadOnlySpan<byte> bytes = [.. _tail.AsSpan(start), .. _tail.AsSpan(0, start)];
        var continuation = 0;
        while (continuation < Math.Min(3, bytes.Length) && (bytes[continuation] & 0xC0) == 0x80)
        {
            continuation++;
        }
        return Encoding.UTF8.GetString(bytes[continuation..]);
    }
}
