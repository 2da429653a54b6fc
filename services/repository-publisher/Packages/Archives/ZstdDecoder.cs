using ZstdSharp.Unsafe;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>Zstandard (RFC 8878): one frame, of data.</summary>
internal sealed unsafe class ZstdDecoder : IDecoder
{
    /// <summary>As a power of two, 64 MiB: what unpacking may take. dpkg-deb uses 8 MiB at most.</summary>
    private const int LargestWindow = 26;

    private ZSTD_DCtx_s* _context = Methods.ZSTD_createDCtx();
    private int _magicRead;

    public ZstdDecoder() =>
        Check(Methods.ZSTD_DCtx_setParameter(_context, ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindow));

    public bool HasParts => false;

    /// <summary>Of a frame of data; frames that hold none, and are passed over, begin otherwise.</summary>
    private static ReadOnlySpan<byte> Magic => [0x28, 0xb5, 0x2f, 0xfd];

    public bool Decode(ReadOnlySpan<byte> input, Span<byte> output, out int read, out int written)
    {
        CheckMagic(input);
        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            var from = new ZSTD_inBuffer_s { src = source, size = (nuint)input.Length };
            var to = new ZSTD_outBuffer_s { dst = target, size = (nuint)output.Length };
            var left = Methods.ZSTD_decompressStream(_context, &to, &from);
            Check(left);
            read = (int)from.pos;
            written = (int)to.pos;
            return left == 0 && (read > 0 || written > 0);
        }
    }

    public void Restart() => throw new NotSupportedException();

    public void Dispose()
    {
        if (_context != null)
        {
            _ = Methods.ZSTD_freeDCtx(_context);
            _context = null;
        }
    }

    private void CheckMagic(ReadOnlySpan<byte> input)
    {
        var now = Math.Min(input.Length, Magic.Length - _magicRead);
        if (now > 0)
        {
            if (!input[..now].SequenceEqual(Magic.Slice(_magicRead, now)))
            {
                throw new InvalidDataException("It is no Zstandard frame.");
            }

            _magicRead += now;
        }
    }

    private static void Check(nuint result)
    {
        if (Methods.ZSTD_isError(result))
        {
            throw new InvalidDataException("It is no Zstandard frame.");
        }
    }
}
