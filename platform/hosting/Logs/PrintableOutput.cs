using System.Buffers;
using System.Globalization;
using System.Text;

namespace Canary.Hosting.Logs;

/// <summary>
/// Output of strangers made harmless for terminals while it comes, however it is cut: UTF-8 without control sequences, control
/// characters other than line ends and tabs, and characters that are not seen. A carriage return is a line end, so that nothing
/// that was shown is written over.
/// </summary>
internal sealed class PrintableOutput
{
    private const byte Escape = 0x1B;

    // Most output is nothing but these.
    private static readonly SearchValues<byte> Plain = SearchValues.Create([
        (byte)'\t',
        (byte)'\n',
        .. Enumerable.Range(0x20, 0x7F - 0x20).Select(code => (byte)code),
    ]);

    private readonly byte[] _rune = new byte[4];
    private int _runeLength;
    private State _state;
    private bool _isAfterReturn;

    private enum State
    {
        Text,

        /// <summary>After an escape character (ECMA-48): what follows says which kind of sequence it is.</summary>
        Escaped,

        /// <summary>In a sequence of one final character, intermediate ones before it.</summary>
        Intermediate,

        /// <summary>In a control sequence: colours, cursor.</summary>
        Control,

        /// <summary>In a string that a terminal takes as a command: titles, links.</summary>
        Command,

        /// <summary>In such a string after an escape character, which begins its end.</summary>
        CommandEscaped,
    }

    /// <summary>Takes output, and gives what can be shown of it.</summary>
    public void Take(ReadOnlySpan<byte> output, IBufferWriter<byte> to)
    {
        while (!output.IsEmpty)
        {
            if (_state == State.Text && _runeLength == 0 && !_isAfterReturn)
            {
                var plain = output.IndexOfAnyExcept(Plain);
                var run = output[..(plain < 0 ? output.Length : plain)];
                to.Write(run);
                output = output[run.Length..];
                if (output.IsEmpty)
                {
                    return;
                }
            }
            TakeByte(output[0], to);
            output = output[1..];
        }
    }

    /// <summary>Nothing follows what was taken.</summary>
    public void End(IBufferWriter<byte> to)
    {
        EndRune(to);
        _state = State.Text;
        _isAfterReturn = false;
    }

    private void TakeByte(byte next, IBufferWriter<byte> to)
    {
        if (next == '\n')
        {
            EndRune(to);
            _state = State.Text;
            _isAfterReturn = false;
            to.Write("\n"u8);
            return;
        }
        switch (_state)
        {
            case State.Text:
                TakeText(next, to);
                break;
            case State.Escaped:
                _state = next switch
                {
                    (byte)'[' => State.Control,
                    (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_' => State.Command,
                    >= 0x20 and <= 0x2F => State.Intermediate,
                    _ => State.Text,
                };
                break;
            case State.Intermediate:
                _state = next is >= 0x20 and <= 0x2F ? State.Intermediate : State.Text;
                break;
            case State.Control:
                _state =
                    next is >= 0x20 and <= 0x3F ? State.Control
                    : next == Escape ? State.Escaped
                    : State.Text;
                break;
            case State.Command:
                _state =
                    next == 0x07 ? State.Text
                    : next == Escape ? State.CommandEscaped
                    : State.Command;
                break;
            case State.CommandEscaped:
                _state = next == '\\' ? State.Text : State.Command;
                break;
        }
    }

    private void TakeText(byte next, IBufferWriter<byte> to)
    {
        if (next >= 0x80)
        {
            EndReturn(to);
            TakeRune(next, to);
            return;
        }
        EndRune(to);
        if (next == '\r')
        {
            _isAfterReturn = true;
            return;
        }
        EndReturn(to);
        if (next == Escape)
        {
            _state = State.Escaped;
        }
        else if (Plain.Contains(next))
        {
            to.Write([next]);
        }
    }

    private void TakeRune(byte next, IBufferWriter<byte> to)
    {
        if (_runeLength > 0 && (next & 0xC0) != 0x80)
        {
            EndRune(to);
        }
        _rune[_runeLength++] = next;
        var bytes = _rune.AsSpan(0, _runeLength);
        switch (Rune.DecodeFromUtf8(bytes, out var rune, out _))
        {
            case OperationStatus.Done:
                _runeLength = 0;
                if (IsSeen(rune))
                {
                    to.Write(bytes);
                }
                break;
            case OperationStatus.InvalidData:
                EndRune(to);
                break;
        }
    }

    /// <summary>What has begun is no character.</summary>
    private void EndRune(IBufferWriter<byte> to)
    {
        if (_runeLength > 0)
        {
            _runeLength = 0;
            to.Write("?"u8);
        }
    }

    private void EndReturn(IBufferWriter<byte> to)
    {
        if (_isAfterReturn)
        {
            _isAfterReturn = false;
            to.Write("\n"u8);
        }
    }

    private static bool IsSeen(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );
}
