using System.Buffers;

namespace Canary.Hosting.Logs;

/// <summary>Output whose lines never begin as Canary's own do.</summary>
/// <param name="isInLine">Whether a line has begun.</param>
internal sealed class LinesOfOutput(bool isInLine)
{
    /// <summary>What Canary's own lines begin with, and no line of output ever does.</summary>
    public const string Heading = "==>";

    private int _matched;

    private static ReadOnlySpan<byte> Mark => "==>"u8;

    /// <summary>Stands before a line of output that begins so.</summary>
    private static ReadOnlySpan<byte> Shield => "| "u8;

    /// <summary>Whether a line has begun.</summary>
    public bool IsInLine { get; private set; } = isInLine;

    /// <summary>Takes output, and gives what can be shown of it; held back is the beginning of a line that may become a
    /// heading's.</summary>
    public void Take(ReadOnlySpan<byte> output, IBufferWriter<byte> to)
    {
        while (!output.IsEmpty)
        {
            if (!IsInLine)
            {
                if (output[0] == Mark[_matched])
                {
                    output = output[1..];
                    if (++_matched < Mark.Length)
                    {
                        continue;
                    }
                    to.Write(Shield);
                }
                Release(to);
                IsInLine = true;
                continue;
            }
            var end = output.IndexOf((byte)'\n');
            to.Write(end < 0 ? output : output[..(end + 1)]);
            output = end < 0 ? [] : output[(end + 1)..];
            IsInLine = end < 0;
        }
    }

    /// <summary>Nothing follows what was taken.</summary>
    public void End(IBufferWriter<byte> to)
    {
        if (_matched > 0)
        {
            Release(to);
            IsInLine = true;
        }
    }

    private void Release(IBufferWriter<byte> to)
    {
        to.Write(Mark[.._matched]);
        _matched = 0;
    }
}
