using System.Text;

namespace Canary.Hosting.Logs;

/// <summary>The forms in which a secret may stand in a text: each of its lines, as it is and in base64, and all of it in base64. Long
/// ones in pieces, so that how much of a text must be seen at once is bounded.</summary>
public static class SecretForms
{
    /// <summary>What is shorter is found in too many texts that have nothing to do with it.</summary>
    public const int Shortest = 8;

    /// <summary>Longest piece: base64(1) begins a new line after 76 characters.</summary>
    public const int Longest = LineLength + Shortest - 1;

    private const int LineLength = 76;

    /// <summary>The forms of a secret; none if it is too short.</summary>
    public static IEnumerable<byte[]> Of(byte[] secret)
    {
        var lines = LinesOf(secret);
        return lines
            .SelectMany(line => PiecesOf(line).Concat(InBase64(line).SelectMany(PiecesOf)))
            .Concat(lines.Count > 1 ? WholeInBase64(secret) : []);
    }

    /// <summary>Whether a secret can be found again in a text.</summary>
    public static bool HasAny(byte[] secret) => LinesOf(secret).Count > 0;

    private static List<byte[]> LinesOf(byte[] secret)
    {
        var lines = new List<byte[]>();
        foreach (var range in secret.AsSpan().SplitAny("\r\n"u8))
        {
            var line = secret.AsSpan(range).Trim(" \t"u8);
            // What tells which kind of key follows (RFC 7468) is no secret.
            if (line.Length >= Shortest && !line.StartsWith("-----"u8))
            {
                lines.Add(line.ToArray());
            }
        }
        return lines;
    }

    /// <summary>In each of the three ways in which it can lie in a longer text; what it shares characters with its neighbours is
    /// left out.</summary>
    private static IEnumerable<byte[]> InBase64(byte[] line)
    {
        for (var skipped = 0; skipped < 3; skipped++)
        {
            yield return Base64(line.AsSpan(skipped));
        }
    }

    private static IEnumerable<byte[]> WholeInBase64(byte[] secret) =>
        Base64(secret).Chunk(LineLength).Where(piece => piece.Length >= Shortest);

    /// <summary>Without the last characters, where they depend on what follows.</summary>
    private static byte[] Base64(ReadOnlySpan<byte> text) =>
        Encoding.ASCII.GetBytes(Convert.ToBase64String(text[..(text.Length / 3 * 3)]));

    private static IEnumerable<byte[]> PiecesOf(byte[] text)
    {
        var at = 0;
        for (; text.Length - at > Longest; at += LineLength)
        {
            yield return text[at..(at + LineLength)];
        }
        yield return text[at..];
    }
}
