using System.Buffers;

namespace Canary.Ingress.Webhooks;

/// <summary>A piece of a body, and the one behind it.</summary>
internal sealed class BodySegment : ReadOnlySequenceSegment<byte>
{
    private BodySegment(byte[] piece, long before) => (Memory, RunningIndex) = (piece, before);

    /// <param name="pieces">Full ones, but for the last.</param>
    /// <param name="length">Bytes in all.</param>
    public static ReadOnlySequence<byte> Join(IReadOnlyList<byte[]> pieces, int length)
    {
        if (pieces.Count == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        var first = new BodySegment(pieces[0], before: 0);
        var last = first;
        foreach (var piece in pieces.Skip(1))
        {
            var next = new BodySegment(piece, last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, (int)(length - last.RunningIndex));
    }
}
