namespace Canary.Packager.Services;

/// <summary>A unit of systemd that a package brings.</summary>
/// <param name="Name">Its file's name.</param>
/// <param name="Text">Its file.</param>
/// <param name="Choice">What happens to it.</param>
internal sealed record PackageUnit(string Name, string Text, UnitChoice Choice)
{
    /// <summary>Where units of packages are, on Debian 11 as well.</summary>
    public const string Directory = "usr/lib/systemd/system";

    /// <summary>Settings in order, with their sections; lines that a backslash continues are one.</summary>
    private readonly List<(string Section, string Key, string Value)> _settings = Read(Text);

    /// <summary>Units are made of it with names of their own.</summary>
    public bool IsTemplate => Name.Contains("@.", StringComparison.Ordinal);

    /// <summary>Whether anything says when the host starts it.</summary>
    public bool IsInstallable => _settings.Any(setting => setting.Section == "Install");

    /// <summary>Whether installations enable it.</summary>
    public bool IsEnabled => Choice.Enable && IsInstallable && !IsTemplate;

    /// <summary>Whether a host that has the version is expected to run it.</summary>
    public bool IsExpected => IsEnabled && Choice.Start && !Name.EndsWith(".target", StringComparison.Ordinal);

    /// <summary>The last value of a setting; <c>null</c>: it has none.</summary>
    public string? ValueOf(string section, string key) =>
        _settings.LastOrDefault(setting => setting.Section == section && setting.Key == key).Value
            is { Length: > 0 } value
            ? value
            : null;

    private static List<(string Section, string Key, string Value)> Read(string text)
    {
        var settings = new List<(string Section, string Key, string Value)>();
        var section = "";
        var joined = text.Replace("\r\n", "\n", StringComparison.Ordinal)
            .Replace("\\\n", " ", StringComparison.Ordinal);
        foreach (var line in joined.Split('\n').Select(line => line.Trim()))
        {
            if (line is ['[', .., ']'])
            {
                section = line[1..^1];
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && line[0] is not ('#' or ';'))
            {
                settings.Add((section, line[..at].Trim(), line[(at + 1)..].Trim()));
            }
        }

        return settings;
    }
}
