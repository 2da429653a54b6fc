namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>Unpacks compressed data that ends where its file ends: neither is it cut short, nor does anything follow it.</summary>
internal sealed class UnpackingStream(Stream compressed, IDecoder decoder) : ReadOnlyStream
{
    private const int BufferSize = 64 << 10;

    private readonly byte[] _input = new byte[BufferSize];
    private int _begin;
    private int _end;
    private bool _isLast;
    private bool _isAtEnd;

    /// <exception cref="InvalidDataException">It does not unpack.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_isAtEnd && !buffer.IsEmpty)
        {
            var hasInput = Fill();
            var ended = decoder.Decode(_input.AsSpan(_begin.._end), buffer, out var read, out var written);
            _begin += read;
            if (ended)
            {
                EndPart();
            }
            else if (read == 0 && written == 0 && (!hasInput || _begin < _end))
            {
                throw new InvalidDataException("The compressed data ends too early.");
            }

            if (written > 0)
            {
                return written;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoder.Dispose();
            compressed.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <returns>Whether there is any.</returns>
    private bool Fill()
    {
        if (_begin == _end && !_isLast)
        {
            _begin = 0;
            _end = compressed.Read(_input);
            _isLast = _end == 0;
        }

        return _begin < _end;
    }

    private void EndPart()
    {
        _isAtEnd = !Fill();
        if (_isAtEnd)
        {
            return;
        }

        if (!decoder.HasParts)
        {
            throw new InvalidDataException("Something follows the compressed data.");
        }

        decoder.Restart();
    }
}
