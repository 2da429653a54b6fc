using System.Text;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>
/// The fields of a package's <c>control</c> file, in their order (deb822(5)). Reading is strict, because the fields go
/// into an index that the whole fleet reads: nothing in a package may begin a paragraph of its own there.
/// </summary>
internal sealed class ControlParagraph
{
    /// <summary>What dpkg and apt take for space. Unicode has more, which belongs to a value.</summary>
    private const string Space = " \t";

    private readonly List<KeyValuePair<string, string>> _fields;

    private ControlParagraph(List<KeyValuePair<string, string>> fields) => _fields = fields;

    public IReadOnlyList<KeyValuePair<string, string>> Fields => _fields;

    /// <summary>Value of a field without the space around it, or <c>null</c>.</summary>
    public string? this[string name] =>
        _fields.Find(field => string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <exception cref="CanaryException">It is not one well-formed paragraph.</exception>
    public static ControlParagraph Parse(ReadOnlySpan<byte> utf8)
    {
        var text = Decode(utf8);
        if (text.Length > 0 && text[^1] != '\n')
        {
            throw InvalidPackage.Because("the last line of its control file has no line end");
        }

        var fields = new List<KeyValuePair<string, string>>();
        var ended = false;
        foreach (var line in text.Split('\n'))
        {
            if (line.Length == 0)
            {
                ended = true;
                continue;
            }

            if (ended)
            {
                throw InvalidPackage.Because("its control file is not one paragraph from its first line on");
            }

            if (line.AsSpan().Trim(Space).IsEmpty)
            {
                throw InvalidPackage.Because("its control file has a line of nothing but space");
            }

            if (line[0] is ' ' or '\t')
            {
                ContinueLast(fields, line);
            }
            else
            {
                fields.Add(ParseField(fields, line));
            }
        }

        return new ControlParagraph(fields);
    }

    /// <summary>The fields as text, each line with its line end.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _fields)
        {
            text.Append(name).Append(':');
            if (value.Length > 0 && value[0] != '\n')
            {
                text.Append(' ');
            }

            text.Append(value).Append('\n');
        }

        return text.ToString();
    }

    private static string Decode(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
            return text.Any(character => char.IsControl(character) && character is not ('\n' or '\t'))
                ? throw InvalidPackage.Because("its control file holds control characters")
                : text;
        }
        catch (DecoderFallbackException)
        {
            throw InvalidPackage.Because("its control file is not UTF-8");
        }
    }

    private static void ContinueLast(List<KeyValuePair<string, string>> fields, string line)
    {
        if (fields.Count == 0)
        {
            throw InvalidPackage.Because("its control file begins with a continuation line");
        }

        var (name, value) = fields[^1];
        fields[^1] = new(name, $"{value}\n{line.AsSpan().TrimEnd(Space)}");
    }

    private static KeyValuePair<string, string> ParseField(List<KeyValuePair<string, string>> fields, string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? line : line[..colon];
        if (colon <= 0 || name[0] is '#' or '-' || name.Any(character => character is <= ' ' or > '~'))
        {
            throw InvalidPackage.Because($"its control file has the line '{line}', which is no field");
        }

        return fields.Exists(field => string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase))
            ? throw InvalidPackage.Because($"its control file has the field {name} twice")
            : new(name, line.AsSpan(colon + 1).Trim(Space).ToString());
    }
}
