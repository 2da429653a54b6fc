namespace Canary.Packager.Services;

/// <summary>Names of users and units that a package's name becomes.</summary>
internal static class UnixName
{
    /// <summary>That useradd takes.</summary>
    private const int LongestUser = 31;

    /// <summary>The system user.</summary>
    public static string UserOf(string package)
    {
        var name = string.Concat(package.Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-'));
        name = char.IsAsciiDigit(name[0]) ? "_" + name : name;
        return name.Length > LongestUser ? name[..LongestUser] : name;
    }

    /// <summary>The unit of a service, without its suffix.</summary>
    public static string UnitOf(string package, string key) =>
        (key == package ? package : $"{package}-{key}").Replace('+', '-');
}
