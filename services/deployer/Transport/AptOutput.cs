namespace Canary.Deployer.Transport;

/// <summary>What apt and dpkg print.</summary>
internal static class AptOutput
{
    private const int QuotedLines = 15;

    private const int QuotedCharacters = 1500;

    private static readonly string[] Chatter =
    [
        "Reading ",
        "(Reading ",
        "Building ",
        "Selecting ",
        "Get:",
        "Hit:",
        "Need to get ",
        "Fetched ",
        "After this ",
        "The following ",
        "Preparing ",
        "Unpacking ",
        "0 upgraded",
        "1 upgraded",
    ];

    /// <summary>What there is to say at the end, without the lines that are there every time.</summary>
    public static string Excerpt(string output)
    {
        var lines = output
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !Chatter.Any(words => line.StartsWith(words, StringComparison.Ordinal)));
        var text = string.Join("\n", lines.TakeLast(QuotedLines));
        return text.Length <= QuotedCharacters ? text : "…" + text[^QuotedCharacters..];
    }

    /// <summary>Reads the answer to <c>dpkg-query --showformat='${db:Status-Status} ${Version}'</c>.</summary>
    public static InstalledPackage ReadStatus(string answer) =>
        answer.Trim().Split(' ') switch
        {
            ["installed", var version] => new InstalledPackage(version, IsComplete: true),
            ["not-installed" or "config-files", ..] => InstalledPackage.None,
            [_, { Length: > 0 } version] => new InstalledPackage(version, IsComplete: false),
            _ => InstalledPackage.None,
        };
}
