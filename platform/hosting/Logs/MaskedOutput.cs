using System.Buffers;

namespace Canary.Hosting.Logs;

/// <summary>Output without secrets, while it comes and however it is cut. Held back is only what may be the beginning of a
/// secret.</summary>
internal sealed class MaskedOutput(SecretMask mask)
{
    private byte[] _held = [];
    private int _covered;
    private bool _isMasking;

    private static ReadOnlySpan<byte> Stars => "***"u8;

    /// <summary>Takes output, and gives what can be shown of it.</summary>
    public void Take(ReadOnlySpan<byte> output, IBufferWriter<byte> to)
    {
        if (mask.IsEmpty)
        {
            to.Write(output);
            return;
        }
        var text = _held.Length == 0 ? output : [.. _held, .. output];
        _held = Mask(text, isEnd: false, to).ToArray();
    }

    /// <summary>Nothing follows what was taken.</summary>
    public void End(IBufferWriter<byte> to)
    {
        Mask(_held, isEnd: true, to);
        _held = [];
        _covered = 0;
        _isMasking = false;
    }

    /// <summary>Gives what is certain, and returns the rest.</summary>
    private ReadOnlySpan<byte> Mask(ReadOnlySpan<byte> text, bool isEnd, IBufferWriter<byte> to)
    {
        var shown = 0;
        var at = 0;
        for (; at < text.Length; at++)
        {
            var rest = text[at..];
            if (!isEnd && rest.Length < SecretForms.Longest && mask.IsBeginning(rest))
            {
                break;
            }
            // Secrets may overlap: all of each is covered.
            _covered = Math.Max(_covered, mask.LengthAt(rest));
            if (_covered > 0)
            {
                _covered--;
                if (!_isMasking)
                {
                    to.Write(text[shown..at]);
                    to.Write(Stars);
                    _isMasking = true;
                }
                shown = at + 1;
            }
            else
            {
                _isMasking = false;
            }
        }
        to.Write(text[shown..at]);
        return text[at..];
    }
}
