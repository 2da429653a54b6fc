using System.Buffers;

namespace Canary.Ingress.Webhooks;

/// <summary>
/// The field <c>payload</c> of an <c>application/x-www-form-urlencoded</c> body, decoded where it stands. The framework's form reader would
/// cost several copies of a body of up to 25 MB and limits it by other rules than GitHub's.
/// </summary>
internal static class FormPayload
{
    /// <returns>The bytes of the field, a part of the form; <c>null</c> if the form has no such field.</returns>
    /// <exception cref="FormatException">A percent sign is not followed by two hexadecimal digits.</exception>
    public static ReadOnlyMemory<byte>? Decode(Memory<byte> form)
    {
        foreach (var range in form.Span.Split((byte)'&'))
        {
            var field = form[range];
            if (field.Span.StartsWith("payload="u8))
            {
                var value = field["payload=".Length..];
                return value[..DecodeInPlace(value.Span)];
            }
        }

        return null;
    }

    /// <returns>Its length then: no longer than before.</returns>
    private static int DecodeInPlace(Span<byte> text)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            text[length++] = text[i] switch
            {
                (byte)'+' => (byte)' ',
                (byte)'%' => Byte(text, ref i),
                var plain => plain,
            };
        }

        return length;
    }

    private static byte Byte(ReadOnlySpan<byte> text, ref int at)
    {
        // Numbers would be read with a NUL behind them, too.
        Span<byte> value = stackalloc byte[1];
        if (
            at + 2 < text.Length
            && Convert.FromHexString(text.Slice(at + 1, 2), value, out _, out _) == OperationStatus.Done
        )
        {
            at += 2;
            return value[0];
        }

        throw new FormatException($"A percent sign at byte {at} is not followed by two hexadecimal digits.");
    }
}
