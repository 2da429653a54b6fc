namespace Canary.Metadata;

/// <summary>Names that others chose, in messages.</summary>
public static class ShownText
{
    /// <summary>A text with its control characters made visible.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        return string.Concat(text.Select(c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString()));
    }
}
