using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Canary.Cli.Api;

namespace Canary.Cli.Init;

/// <summary>Writes a <c>canary.yml</c> that people go on with.</summary>
internal sealed partial class YamlText
{
    private readonly StringBuilder _text = new();

    public YamlText Comment(string text) => Line($"# {text}");

    /// <summary>A line that is YAML already.</summary>
    public YamlText Line(string line)
    {
        _text.Append(line).Append('\n');
        return this;
    }

    /// <summary>A key and its text; nothing if there is none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its text.</param>
    /// <param name="indent">Spaces before it.</param>
    /// <param name="plain">Whether it is YAML already.</param>
    public YamlText Key(string key, string? value, int indent = 0, bool plain = false) =>
        string.IsNullOrWhiteSpace(value)
            ? this
            : Line($"{new string(' ', indent)}{key}: {(plain ? value : Scalar(value))}");

    /// <summary>A key and its list; nothing if that is empty.</summary>
    public YamlText List(string key, IReadOnlyCollection<string> values, int indent = 0) =>
        values.Count == 0
            ? this
            : Line($"{new string(' ', indent)}{key}: [{string.Join(", ", values.Select(Scalar))}]");

    /// <summary>A key and names with their texts; nothing if there are none.</summary>
    public YamlText Map(string key, IReadOnlyCollection<KeyValuePair<string, string>> values, int indent = 0) =>
        values.Count == 0
            ? this
            : Line(
                $"{new string(' ', indent)}{key}: {{{string.Join(", ", values.Select(it => $"{it.Key}: {Scalar(it.Value)}"))}}}"
            );

    public override string ToString() => _text.ToString();

    /// <summary>A text as YAML has it within a list: plain where it cannot be anything else, or as JSON, which is YAML.</summary>
    public static string Scalar(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return (Plain().IsMatch(line) || PlainPath().IsMatch(line)) && !Other().IsMatch(line)
            ? line
            : JsonSerializer.Serialize(line, ApiJson.Lines.String);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._\x2D$(][A-Za-z0-9._\x2D$()<>=+|* ]*\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"\A[A-Za-z0-9/._\x2D$][A-Za-z0-9/._\x2D$=+*~]*\z")]
    private static partial Regex PlainPath();

    /// <summary>What would be a number, a date, a yes or a no, nothing, the item of a list, or the end of a document.</summary>
    [GeneratedRegex(
        @"\A(?:[+\x2D]?[\d_]*\.?\d*(?:e[+\x2D]?\d+)?|0[xo][\da-f]+|\d{4}-\d\d?-\d\d?.*|true|false|yes|no|on|off|y|n|null|~|\x2D .*|-{3}.*|\.{3}.*|[+\x2D]?\.(?:inf|nan))\z",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Other();
}
