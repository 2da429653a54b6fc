namespace Canary.Packager.MaintainerScripts;

/// <summary>Words of a POSIX shell.</summary>
internal static class Shell
{
    /// <summary>A word that stands for exactly this text.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Several words.</summary>
    public static string Quote(IEnumerable<string> texts) => string.Join(' ', texts.Select(Quote));
}
