namespace Canary.Packager.Source;

/// <summary>Reads one content from its beginning to its end.</summary>
/// <param name="content">The content.</param>
/// <param name="size">How many bytes it has.</param>
internal sealed class StoredContentStream(StoredContent content, long size) : Stream
{
    private readonly StoredContents _contents = new();
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => size;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var read = _contents.Read(content, buffer[..(int)Math.Min(buffer.Length, size - _read)], _read);
        _read += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _contents.Dispose();
        }

        base.Dispose(disposing);
    }
}
