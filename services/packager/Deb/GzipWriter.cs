using System.Buffers;
using System.Buffers.Binary;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip.Compression;

namespace Canary.Packager.Deb;

/// <summary>
/// gzip, level 9, without times and names. Each mebibyte becomes a member of its own, so that several threads can compress;
/// members one after the other are one file (RFC 1952, 2.2). The deflater is managed code: the same input gives the same
/// bytes on any machine, which the platform's zlib-ng does not promise.
/// </summary>
/// <param name="output">Receives the compressed bytes; stays open.</param>
/// <param name="threads">How many members are compressed at once.</param>
internal sealed class GzipWriter(Stream output, int threads) : WriteOnlyStream
{
    private const int MemberSize = 1 << 20;

    private const int HeaderSize = 10;

    private const int TrailerSize = 8;

    private readonly Queue<Task<ArraySegment<byte>>> pending = new();

    private byte[] member = [];

    private int filled;

    private bool empty = true;

    private bool ended;

    /// <summary>Compresses a text that is small.</summary>
    public static byte[] Compress(byte[] content) => [.. Member(content)];

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (member.Length == 0)
            {
                member = ArrayPool<byte>.Shared.Rent(MemberSize);
            }

            var taken = Math.Min(buffer.Length, MemberSize - filled);
            buffer[..taken].CopyTo(member.AsSpan(filled));
            buffer = buffer[taken..];
            filled += taken;
            if (filled == MemberSize)
            {
                EndMember();
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !ended)
        {
            ended = true;
            if (filled > 0 || empty)
            {
                EndMember();
            }

            while (pending.Count > 0)
            {
                WriteOldest();
            }
        }

        base.Dispose(disposing);
    }

    private void EndMember()
    {
        var (content, length) = (member, filled);
        (member, filled, empty) = ([], 0, false);
        if (pending.Count >= threads)
        {
            WriteOldest();
        }

        pending.Enqueue(
            Task.Run(() =>
            {
                var result = Member(new ArraySegment<byte>(content, 0, length));
                if (content.Length > 0)
                {
                    ArrayPool<byte>.Shared.Return(content);
                }

                return result;
            })
        );
    }

    private void WriteOldest() => output.Write(pending.Dequeue().GetAwaiter().GetResult());

    private static ArraySegment<byte> Member(ArraySegment<byte> content)
    {
        var deflater = new Deflater(Deflater.BEST_COMPRESSION, noZlibHeaderOrFooter: true);
        var crc = new Crc32();
        crc.Update(content);
        deflater.SetInput(content.Array, content.Offset, content.Count);
        deflater.Finish();

        // What cannot be compressed grows by 5 bytes per stored block of up to 64 kB; an eighth more is plenty.
        var result = new byte[HeaderSize + content.Count + (content.Count / 8) + 64 + TrailerSize];
        ReadOnlySpan<byte> header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3];
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
