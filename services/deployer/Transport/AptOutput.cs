using System.Text.RegularExpressions;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Failures;

namespace Canary.Deployer.Transport;

/// <summary>What apt and dpkg print.</summary>
internal static partial class AptOutput
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

    /// <summary>What apt says when no repository answers it, which passes. What a maintainer script prints is no such
    /// sign.</summary>
    /// <returns><c>null</c>: something else is wrong.</returns>
    public static CanaryException? RepositoryAway(InventoryHost host, string output) =>
        NobodyAnswers.IsMatch(output)
            ? new CanaryException(
                HostFailures.RepositoryAway,
                $"{host.Name} finds no package repository: {Excerpt(output)}",
                $"Check that the repository publisher runs, and that {host.Name} reaches it."
            )
            : null;

    /// <summary>Reads the answer to <c>dpkg-query --showformat='${db:Status-Status} ${Version}'</c>.</summary>
    public static InstalledPackage ReadStatus(string answer) =>
        answer.Trim().Split(' ') switch
        {
            ["installed", var version] => new InstalledPackage(version, IsComplete: true),
            ["not-installed" or "config-files", ..] => InstalledPackage.None,
            [_, { Length: > 0 } version] => new InstalledPackage(version, IsComplete: false),
            _ => InstalledPackage.None,
        };

    // The words of apt's methods (apt-pkg/acquire-item.cc, methods/connect.cc, basehttp.cc). Here they are always English.
    [GeneratedRegex(
        @"^[EW]: Failed to fetch \S+\s+(Could not connect|Could not resolve|Temporary failure resolving|Unable to connect|"
            + @"Cannot initiate the connection|Connection (failed|timed out|reset)|Error reading from server|50[234] )",
        RegexOptions.Multiline | RegexOptions.CultureInvariant
    )]
    private static partial Regex NobodyAnswers { get; }
}
