using System.Text;

namespace Canary.Packager.MaintainerScripts;

/// <summary>
/// Puts what a package needs done around the application's own maintainer scripts. The own script may be of any language, so it is carried
/// along and run as the program that it is, from where dpkg keeps the scripts: it gets dpkg's arguments, and how it ends counts.
/// </summary>
internal static class MaintainerScriptComposer
{
    private const string EndOfScript = "END_OF_SCRIPT";

    private static readonly string[] RemovalScripts = ["prerm", "postrm"];

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The scripts of the package, sorted. One that nothing is added to stays as it is.</summary>
    /// <param name="own">The application's, by their Debian names.</param>
    /// <param name="snippets">What is added, in the order of an installation; removal goes the other way.</param>
    public static IReadOnlyList<(string Name, byte[] Content)> Compose(
        IReadOnlyList<(string Name, byte[] Content)> own,
        IReadOnlyList<Snippet> snippets
    ) =>
        [
            .. own.Select(script => script.Name)
                .Concat(snippets.Select(snippet => snippet.Script))
                .Distinct()
                .Order(StringComparer.Ordinal)
                .Select(name =>
                    (name, Compose(name, own.FirstOrDefault(script => script.Name == name).Content, snippets))
                ),
        ];

    private static byte[] Compose(string name, byte[]? own, IReadOnlyList<Snippet> snippets)
    {
        var added = snippets.Where(snippet => snippet.Script == name);
        var ordered = RemovalScripts.Contains(name) ? added.Reverse().ToList() : [.. added];
        if (ordered.Count == 0)
        {
            return own!;
        }

        var text = new StringBuilder("#!/bin/sh\n# Made by Canary.\nset -e\n");
        Append(text, ordered, SnippetPlace.Before);
        if (own is not null)
        {
            AppendOwn(text, own);
        }

        Append(text, ordered, SnippetPlace.After);
        text.Append("\nexit 0\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, List<Snippet> snippets, SnippetPlace place)
    {
        foreach (var snippet in snippets.Where(snippet => snippet.Place == place))
        {
            text.Append('\n').Append(snippet.Text.TrimEnd('\n')).Append('\n');
        }
    }

    // Beside the script itself, since elsewhere programs may not be executable; dpkg removes what begins with its name.
    private static void AppendOwn(StringBuilder text, byte[] own)
    {
        var (write, content) = AsText(own) is { } lines
            ? ("cat", lines)
            : (
                "base64 -d",
                Convert.ToBase64String(own, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n")
            );
        var end = EndOfScript;
        for (var i = 1; content.Split('\n').Contains(end); i++)
        {
            end = EndOfScript + i;
        }

        text.Append("\n# The application's own script.\nown=$(mktemp \"$0.XXXXXX\")\n")
            .Append("trap 'rm -f \"$own\"' EXIT\ntrap 'exit 1' HUP INT TERM\n")
            .Append(write)
            .Append(" >\"$own\" <<'")
            .Append(end)
            .Append("'\n")
            .Append(content)
            .Append(content.EndsWith('\n') ? "" : "\n")
            .Append(end)
            .Append("\nchmod 0755 \"$own\"\n\"$own\" \"$@\"\nrm -f \"$own\"\ntrap - EXIT HUP INT TERM\n");
    }

    /// <summary>What a shell's here-document gives back as it is.</summary>
    private static string? AsText(byte[] content)
    {
        try
        {
            var text = StrictUtf8.GetString(content);
            return text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
