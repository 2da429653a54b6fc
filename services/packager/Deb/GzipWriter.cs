using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip.Compression;

namespace Canary.Packager.Deb;

/// <summary>
/// gzip without times and names, level 6: level 9 takes three times as long for a hundredth less. Each mebibyte becomes a member of its own, so that several threads can compress;
/// members one after the other are one file (RFC 1952, 2.2). The deflater is managed code: the same input gives the same
/// bytes on any machine, which the platform's zlib-ng does not promise.
/// </summary>
/// <param name="output">Receives the compressed bytes; stays open.</param>
/// <param name="threads">How many members are compressed at once.</param>
internal sealed class GzipWriter(Stream output, int threads) : WriteOnlyStream
{
    private const int Level = 6;

    private const int MemberSize = 1 << 20;

    private const int HeaderSize = 10;

    private const int TrailerSize = 8;

    private readonly Queue<Task<ArraySegment<byte>>> _pending = new();

    /// <summary>Those at rest: each holds half a megabyte of tables.</summary>
    private readonly ConcurrentBag<Deflater> _deflaters = [];

    private byte[] _member = [];

    private int _filled;

    private bool _empty = true;

    private bool _ended;

    /// <summary>Compresses a text that is small at level 9, as Debian's policy wants changelogs (12.7).</summary>
    public static byte[] Compress(byte[] content)
    {
        var member = Member(content, new Deflater(Deflater.BEST_COMPRESSION, noZlibHeaderOrFooter: true));
        var result = member.ToArray();
        ArrayPool<byte>.Shared.Return(member.Array!);
        return result;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (_member.Length == 0)
            {
                _member = ArrayPool<byte>.Shared.Rent(MemberSize);
            }

            var taken = Math.Min(buffer.Length, MemberSize - _filled);
            buffer[..taken].CopyTo(_member.AsSpan(_filled));
            buffer = buffer[taken..];
            _filled += taken;
            if (_filled == MemberSize)
            {
                EndMember();
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_ended)
        {
            _ended = true;
            if (_filled > 0 || _empty)
            {
                EndMember();
            }

            while (_pending.Count > 0)
            {
                WriteOldest();
            }
        }

        base.Dispose(disposing);
    }

    private void EndMember()
    {
        var (content, length) = (_member, _filled);
        (_member, _filled, _empty) = ([], 0, false);
        if (_pending.Count >= threads)
        {
            WriteOldest();
        }

        _pending.Enqueue(
            Task.Run(() =>
            {
                if (!_deflaters.TryTake(out var deflater))
                {
                    deflater = new Deflater(Level, noZlibHeaderOrFooter: true);
                }

                var result = Member(new ArraySegment<byte>(content, 0, length), deflater);
                _deflaters.Add(deflater);
                if (content.Length > 0)
                {
                    ArrayPool<byte>.Shared.Return(content);
                }

                return result;
            })
        );
    }

    private void WriteOldest()
    {
        var oldest = _pending.Dequeue().GetAwaiter().GetResult();
        output.Write(oldest);
        ArrayPool<byte>.Shared.Return(oldest.Array!);
    }

    /// <summary>Compresses into a rented array.</summary>
    private static ArraySegment<byte> Member(ArraySegment<byte> content, Deflater deflater)
    {
        deflater.Reset();
        var crc = new Crc32();
        crc.Update(content);
        deflater.SetInput(content.Array, content.Offset, content.Count);
        deflater.Finish();

        // What cannot be compressed grows by 5 bytes per stored block of up to 64 kB; an eighth more is plenty.
        var result = ArrayPool<byte>.Shared.Rent(HeaderSize + content.Count + (content.Count / 8) + 64 + TrailerSize);
        var effort = deflater.GetLevel() == Deflater.BEST_COMPRESSION ? (byte)2 : (byte)0;
        ReadOnlySpan<byte> header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, effort, 3];
        header.CopyTo(result);
        var used = HeaderSize;
        while (!deflater.IsFinished)
        {
            used += deflater.Deflate(result, used, result.Length - used - TrailerSize);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(result.AsSpan(used), (uint)crc.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(result.AsSpan(used + 4), (uint)content.Count);
        return new ArraySegment<byte>(result, 0, used + TrailerSize);
    }
}
