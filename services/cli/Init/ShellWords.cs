using System.Text;

namespace Canary.Cli.Init;

/// <summary>Commands as people write them for a shell, for systemd, which has none.</summary>
internal static class ShellWords
{
    private const string NeedsShell = "|&;<>()$`*?[]{}~#\n";

    /// <summary>Program and arguments; with <c>/bin/sh</c> where only a shell understands the command.</summary>
    public static IReadOnlyList<string> Command(string text) => Split(text) ?? ["/bin/sh", "-c", text.Trim()];

    /// <summary>A path as one word of a shell, which is no option.</summary>
    public static string Path(string path)
    {
        var file = path.StartsWith('-') ? $"./{path}" : path;
        return file.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/')
            ? file
            : $"'{file.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }

    /// <summary>Its words; <c>null</c>: it takes a shell to tell.</summary>
    public static IReadOnlyList<string>? Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quote = '\0';
        var isWord = false;
        foreach (var c in text.Trim())
        {
            if (c == '\\' || (quote != '\'' && c is '$' or '`'))
            {
                return null;
            }

            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '\'' or '"')
            {
                (quote, isWord) = (c, true);
            }
            else if (char.IsWhiteSpace(c))
            {
                Finish();
            }
            else if (NeedsShell.Contains(c, StringComparison.Ordinal))
            {
                return null;
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        Finish();
        // A variable before a command is the shell's business.
        return quote != '\0' || words.Count == 0 || words[0].Contains('=', StringComparison.Ordinal) ? null : words;

        void Finish()
        {
            if (isWord)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            isWord = false;
        }
    }
}
