using System.Text.RegularExpressions;

namespace Canary.Hosting.Logs;

/// <summary>Text of strangers made harmless for terminals.</summary>
public static partial class PrintableText
{
    /// <summary>Without terminal control sequences and control characters other than line ends and tabs.</summary>
    public static string Of(string text) => Controls().Replace(text, "");

    // ECMA-48 control sequences (colours, cursor), operating system commands (titles, links), then single characters.
    [GeneratedRegex(@"\x1B\[[0-?]*[ -/]*[@-~]|\x1B\][^\x07\x1B]*(?:\x07|\x1B\\)|[\p{Cc}-[\n\t]]")]
    private static partial Regex Controls();
}
