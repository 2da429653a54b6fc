using System.Text;

namespace Canary.Processes;

/// <summary>The last bytes of an output, however much there was.</summary>
/// <param name="length">How many bytes are kept.</param>
public sealed class OutputTail(int length)
{
    private readonly byte[] _bytes = new byte[length];
    private long _written;

    /// <summary>Adds to the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length)
        {
            _written += bytes.Length - _bytes.Length;
            bytes = bytes[^_bytes.Length..];
        }
        while (!bytes.IsEmpty)
        {
            var target = _bytes.AsSpan((int)(_written % _bytes.Length));
            var part = bytes[..Math.Min(target.Length, bytes.Length)];
            part.CopyTo(target);
            bytes = bytes[part.Length..];
            _written += part.Length;
        }
    }

    /// <summary>Decodes it as UTF-8, with replacement of what is not.</summary>
    public override string ToString()
    {
        if (_written <= _bytes.Length)
        {
            return Encoding.UTF8.GetString(_bytes, 0, (int)_written);
        }
        var start = (int)(_written % _bytes.Length);
        ReadOnlySpan<byte> bytes = [.. _bytes.AsSpan(start), .. _bytes.AsSpan(0, start)];
        var continuation = 0;
        while (continuation < Math.Min(3, bytes.Length) && (bytes[continuation] & 0xC0) == 0x80)
        {
            continuation++;
        }
        return Encoding.UTF8.GetString(bytes[continuation..]);
    }
}
