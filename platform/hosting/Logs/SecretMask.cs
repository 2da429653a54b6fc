using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Canary.Hosting.Logs;

/// <summary>Finds secrets in a text. Most positions of a text are dismissed by one look at a small table.</summary>
internal sealed class SecretMask
{
    private const int TableBits = 16;
    private const int KeyLength = sizeof(ulong);

    private static readonly Comparison<byte[]> InOrder = (left, right) => left.AsSpan().SequenceCompareTo(right);

    private readonly byte[][] _inOrder;
    private readonly Dictionary<ulong, byte[][]> _byStart;
    private readonly ulong[] _table = new ulong[1 << (TableBits - 6)];

    /// <param name="secrets">The secrets; those that are too short to be found are left out.</param>
    public SecretMask(IEnumerable<byte[]> secrets)
    {
        _inOrder = [.. secrets.SelectMany(SecretForms.Of)];
        Array.Sort(_inOrder, InOrder);
        _byStart = _inOrder
            .GroupBy(form => KeyOf(form))
            .ToDictionary(same => same.Key, same => same.OrderByDescending(form => form.Length).ToArray());
        foreach (var key in _byStart.Keys)
        {
            var place = PlaceOf(key);
            _table[place >> 6] |= 1UL << (place & 63);
        }
    }

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => _inOrder.Length == 0;

    /// <summary>A text that is there as a whole, without secrets.</summary>
    public string Of(string text)
    {
        var masked = new ArrayBufferWriter<byte>();
        var output = new MaskedOutput(this);
        output.Take(Encoding.UTF8.GetBytes(text), masked);
        output.End(masked);
        return Encoding.UTF8.GetString(masked.WrittenSpan);
    }

    /// <summary>Length of the longest secret that a text begins with; 0: none.</summary>
    public int LengthAt(ReadOnlySpan<byte> text)
    {
        if (text.Length < KeyLength)
        {
            return 0;
        }
        var key = KeyOf(text);
        var place = PlaceOf(key);
        if ((_table[place >> 6] & (1UL << (place & 63))) == 0 || !_byStart.TryGetValue(key, out var forms))
        {
            return 0;
        }
        foreach (var form in forms)
        {
            if (text.StartsWith(form))
            {
                return form.Length;
            }
        }
        return 0;
    }

    /// <summary>Whether a text is the beginning of a secret that is longer.</summary>
    public bool IsBeginning(ReadOnlySpan<byte> text)
    {
        var (low, high) = (0, _inOrder.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_inOrder[middle].AsSpan().SequenceCompareTo(text) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low < _inOrder.Length && _inOrder[low].AsSpan().StartsWith(text);
    }

    private static ulong KeyOf(ReadOnlySpan<byte> text) => BinaryPrimitives.ReadUInt64LittleEndian(text);

    private static int PlaceOf(ulong key) => (int)((key * 0x9E37_79B9_7F4A_7C15) >> (64 - TableBits));
}
