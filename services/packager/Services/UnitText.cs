using System.Text;

namespace Canary.Packager.Services;

/// <summary>Writes a unit file: systemd.syntax(7). Values come from a repository and stand for exactly their texts; they have no control
/// characters.</summary>
internal sealed class UnitText
{
    private readonly StringBuilder _text = new("# Made by Canary.\n");

    private bool _begun;

    /// <summary>Begins a section.</summary>
    public UnitText Section(string name)
    {
        _text.Append(_begun ? "\n" : "").Append('[').Append(name).Append("]\n");
        _begun = true;
        return this;
    }

    /// <summary>Adds a setting, where it has a value.</summary>
    public UnitText Set(string key, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _text.Append(key).Append('=').Append(value).Append('\n');
        }

        return this;
    }

    /// <summary>Adds a setting of several words.</summary>
    public UnitText Set(string key, IEnumerable<string> words) => Set(key, string.Join(' ', words));

    /// <summary>Adds a setting of several words that allows what it names, also when that is nothing.</summary>
    public UnitText SetToNothingBut(string key, IEnumerable<string> words)
    {
        _text.Append(key).Append('=').AppendJoin(' ', words).Append('\n');
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>A text without specifiers.</summary>
    public static string Plain(string text) => text.Replace("%", "%%", StringComparison.Ordinal);

    /// <summary>One word.</summary>
    public static string Word(string text) =>
        text.Length > 0
        && text.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+:,=@".Contains(c, StringComparison.Ordinal))
            ? text
            : $"\"{Plain(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>A command line. Arguments are what they are: nothing is replaced in them.</summary>
    public static string Command(string program, IEnumerable<string> arguments) =>
        string.Join(' ', [Literal(program), .. arguments.Select(Literal)]);

    // A word that is a semicolon alone would begin another command.
    private static string Literal(string text) =>
        text == ";" ? "\";\"" : Word(text.Replace("$", "$$", StringComparison.Ordinal));
}
