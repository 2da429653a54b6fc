namespace Canary.CiCoordinator.Builds;

/// <summary>How much of what a build printed last its failure quotes.</summary>
internal static class OutputQuotation
{
    /// <summary>What stands before the lines.</summary>
    public const string Beginning = " It printed last:";

    private const int MostLines = 20;
    private const int MostCharacters = 2000;

    /// <summary>From what the log shows: a failure shows no more.</summary>
    public static string Of(string shown)
    {
        var text = string.Join('\n', shown.TrimEnd().Split('\n').TakeLast(MostLines));
        if (text.Length > MostCharacters)
        {
            text = "…" + text[^MostCharacters..];
        }
        return text.Length == 0 ? " It printed nothing." : $"{Beginning}\n{text}";
    }
}
