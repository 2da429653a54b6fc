using System.Text;

namespace Canary.Packager;

/// <summary>Writes a description as Policy 5.6.13 wants it: a synopsis, then lines that begin with a space. Of these, one that goes on
/// with a space is shown as it is, a dot stands for an empty one, and a dot with more behind it is not allowed.</summary>
internal static class PackageDescription
{
    /// <summary>With the space before it, what a terminal of 80 columns shows.</summary>
    private const int Width = 78;

    private const int TabWidth = 8;

    /// <summary>The whole value of the field.</summary>
    /// <param name="text">First line: synopsis; the rest: the long description.</param>
    /// <param name="otherwise">The long description if there is none.</param>
    public static string Fold(string text, string otherwise)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd()).ToList();
        var rest = lines.Skip(1).SkipWhile(IsBlank).ToList();
        return string.Join(
            '\n',
            [Words(lines[0]), .. Folded(rest.Count > 0 ? rest : [otherwise]).Select(line => " " + line)]
        );
    }

    private static IEnumerable<string> Folded(IReadOnlyList<string> lines)
    {
        var paragraph = new List<string>();
        foreach (var line in lines)
        {
            if (IsBlank(line) || IsAsItIs(line) || IsListItem(line))
            {
                foreach (var folded in Paragraph(paragraph))
                {
                    yield return folded;
                }

                paragraph.Clear();
            }

            if (IsBlank(line) || IsAsItIs(line))
            {
                yield return IsBlank(line) ? "." : AsItIs(line);
            }
            else
            {
                paragraph.Add(line);
            }
        }

        foreach (var folded in Paragraph(paragraph))
        {
            yield return folded;
        }
    }

    /// <summary>Lines that are fine stay as they are.</summary>
    private static IEnumerable<string> Paragraph(IReadOnlyList<string> lines) =>
        lines.All(line => line.Length <= Width && line[0] != '.' && !line.Contains('\t', StringComparison.Ordinal))
            ? lines
            : Wrapped(lines);

    private static IEnumerable<string> Wrapped(IEnumerable<string> lines)
    {
        var line = new StringBuilder();
        foreach (var words in Unbreakable(string.Join(' ', lines)))
        {
            if (line.Length > 0 && line.Length + 1 + words.Length > Width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(words);
        }

        yield return line.ToString();
    }

    /// <summary>Words, each with those behind it that begin with a dot and so cannot begin a line.</summary>
    private static List<string> Unbreakable(string text)
    {
        var pieces = new List<string>();
        foreach (var word in text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word[0] != '.')
            {
                pieces.Add(word);
            }
            else if (pieces.Count > 0)
            {
                pieces[^1] += " " + word;
            }
            else
            {
                // The first of all: a line that begins with a space may go on with a dot.
                pieces.Add(" " + word);
            }
        }

        return pieces;
    }

    private static bool IsBlank(string line) => line.Trim() is "" or ".";

    private static bool IsListItem(string line) =>
        line.Length > 1 && "-*+•".Contains(line[0], StringComparison.Ordinal) && line[1] == ' ';

    private static bool IsAsItIs(string line) => line[0] is ' ' or '\t';

    private static string AsItIs(string line)
    {
        var text = new StringBuilder();
        foreach (var character in line)
        {
            if (character == '\t')
            {
                text.Append(' ', TabWidth - (text.Length % TabWidth));
            }
            else
            {
                text.Append(character);
            }
        }

        return text.ToString();
    }

    private static string Words(string line) =>
        string.Join(' ', line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
}
