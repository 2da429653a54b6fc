using System.Security.Cryptography;

namespace Canary.AllInOne.Backups;

/// <summary>The first bytes of a file, hashed as they are read.</summary>
internal sealed class HashedPart(Stream inner, long length, IncrementalHash hash) : Stream
{
    private long _read;

    public bool IsWhole => _read == length;

    public override bool CanRead => true;

    /// <summary>So that its length is asked for, and no place in it is.</summary>
    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => Note(buffer, inner.Read(Part(buffer)));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var part = buffer[..(int)Math.Min(buffer.Length, length - _read)];
        var count = await inner.ReadAsync(part, cancellationToken);
        return Note(part.Span, count);
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private Span<byte> Part(Span<byte> buffer) => buffer[..(int)Math.Min(buffer.Length, length - _read)];

    private int Note(Span<byte> buffer, int count)
    {
        hash.AppendData(buffer[..count]);
        _read += count;
        return count;
    }
}
