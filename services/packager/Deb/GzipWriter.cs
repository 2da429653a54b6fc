using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip.Compression;

namespace Canary.Packager.Deb;

/// <summary>
/// gzip, level 9, as one member with no time and no name. Pieces of a fixed size are deflated on several threads and joined
/// at byte boundaries, as pigz does. The deflater is managed code: the same input gives the same bytes on any machine,
/// which the platform's zlib-ng does not promise.
/// </summary>
internal sealed class GzipWriter : WriteOnlyStream
{
    private const int PieceSize = 1 << 20;

    /// <summary>An empty last block with fixed codes (RFC 1951, 3.2.6): every piece before it ends with an empty stored
    /// block.</summary>
    private static readonly byte[] LastBlock = [0x03, 0x00];

    [SuppressMessage("Usage", "CA2213", Justification = "It is the caller's and stays open.")]
    private readonly Stream output;

    private readonly int threads;

    private readonly Crc32 crc = new();

    private readonly Queue<Task<ArraySegment<byte>>> pending = new();

    private byte[] piece = new byte[PieceSize];

    private int filled;

    private uint length;

    private bool ended;

    /// <param name="output">Receives the compressed bytes; stays open.</param>
    /// <param name="threads">How many pieces are deflated at once.</param>
    public GzipWriter(Stream output, int threads)
    {
        this.output = output;
        this.threads = Math.Max(1, threads);
        output.Write([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var taken = Math.Min(buffer.Length, PieceSize - filled);
            buffer[..taken].CopyTo(piece.AsSpan(filled));
            buffer = buffer[taken..];
            filled += taken;
            if (filled == PieceSize)
            {
                DeflatePiece();
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !ended)
        {
            ended = true;
            DeflatePiece();
            while (pending.Count > 0)
            {
                WriteOldest();
            }

            output.Write(LastBlock);
            Span<byte> trailer = stackalloc byte[8];
            BinaryPrimitives.WriteUInt32LittleEndian(trailer, (uint)crc.Value);
            BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], length);
            output.Write(trailer);
        }

        base.Dispose(disposing);
    }

    private void DeflatePiece()
    {
        if (filled == 0)
        {
            return;
        }

        var content = new ArraySegment<byte>(piece, 0, filled);
        crc.Update(content);
        length += (uint)filled;
        if (threads == 1)
        {
            output.Write(Deflate(content));
            filled = 0;
            return;
        }

        pending.Enqueue(Task.Run(() => Deflate(content)));
        piece = new byte[PieceSize];
        filled = 0;
        if (pending.Count > threads)
        {
            WriteOldest();
        }
    }

    private void WriteOldest() => output.Write(pending.Dequeue().GetAwaiter().GetResult());

    private static ArraySegment<byte> Deflate(ArraySegment<byte> content)
    {
        var deflater = new Deflater(Deflater.BEST_COMPRESSION, noZlibHeaderOrFooter: true);
        deflater.SetInput(content.Array, content.Offset, content.Count);
        deflater.Flush();

        // What cannot be compressed grows by 5 bytes per stored block of up to 64 kB; an eighth more is plenty.
        var result = new byte[content.Count + (content.Count / 8) + 64];
        var used = 0;
        while (deflater.Deflate(result, used, result.Length - used) is > 0 and var written)
        {
            used += written;
        }

        return new ArraySegment<byte>(result, 0, used);
    }
}
