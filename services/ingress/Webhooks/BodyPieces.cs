namespace Canary.Ingress.Webhooks;

/// <summary>
/// Memory for bodies, in pieces of one size. A body takes what it needs and not the next power of two, and no pool keeps the largest
/// ones for each processor: of pieces that are given back a few are kept, and the rest is left to the collector.
/// </summary>
internal sealed class BodyPieces
{
    /// <summary>Larger than pushes are. Below the size of objects that are collected only with everything else.</summary>
    public const int Size = 64 * 1024;

    private const int MostIdle = 64;

    private readonly Lock _gate = new();

    private readonly Stack<byte[]> _idle = [];

    /// <summary>Pieces that wait for the next body.</summary>
    public int Idle
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count;
            }
        }
    }

    public byte[] Take()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out var piece))
            {
                return piece;
            }
        }

        return GC.AllocateUninitializedArray<byte>(Size);
    }

    public void Return(IEnumerable<byte[]> pieces)
    {
        lock (_gate)
        {
            foreach (var piece in pieces.Take(MostIdle - _idle.Count))
            {
                _idle.Push(piece);
            }
        }
    }
}
