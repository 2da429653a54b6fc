using System.Buffers;

namespace Canary.Hosting.Logs;

/// <summary>Output of programs as a log shows it. Secrets are looked for in what is seen: what is not seen could stand between their
/// letters.</summary>
internal sealed class ShownOutput(SecretMask mask, bool isInLine)
{
    private readonly PrintableOutput _printable = new();
    private readonly MaskedOutput _masked = new(mask);
    private readonly LinesOfOutput _lines = new(isInLine);
    private readonly ArrayBufferWriter<byte> _seen = new();
    private readonly ArrayBufferWriter<byte> _safe = new();

    /// <summary>Whether a line has begun.</summary>
    public bool IsInLine => _lines.IsInLine;

    public void Take(ReadOnlySpan<byte> output, IBufferWriter<byte> to)
    {
        _printable.Take(output, _seen);
        Pass(to);
    }

    /// <summary>Nothing follows what was taken.</summary>
    public void End(IBufferWriter<byte> to)
    {
        _printable.End(_seen);
        Pass(to);
        _masked.End(_safe);
        _lines.Take(_safe.WrittenSpan, to);
        _safe.ResetWrittenCount();
        _lines.End(to);
    }

    private void Pass(IBufferWriter<byte> to)
    {
        _masked.Take(_seen.WrittenSpan, _safe);
        _seen.ResetWrittenCount();
        _lines.Take(_safe.WrittenSpan, to);
        _safe.ResetWrittenCount();
    }
}
