using System.Text.RegularExpressions;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Failures;

namespace Canary.Deployer.Transport;

/// <summary>What apt and dpkg print. Here they always speak English: <c>canary-apply</c> sees to that.</summary>
internal static partial class AptOutput
{
    private const int LinesBefore = 10;

    private const int QuotedLines = 16;

    private const int QuotedCharacters = 2000;

    /// <summary>What goes wrong, in the order in which it did, each line once: what a maintainer script printed, what dpkg and
    /// apt say about it. Without the lines that are there every time, and those that only repeat.</summary>
    /// <param name="output">What apt printed.</param>
    /// <param name="remark">What <c>canary-apply</c> has to add.</param>
    public static string Explain(string output, string remark = "")
    {
        var lines = new List<string>();
        var isList = false;
        foreach (var line in output.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0))
        {
            // Names of packages follow, each line indented.
            isList = ListHead.IsMatch(line) || (isList && line.StartsWith(' '));
            if (!isList && !Chatter.IsMatch(line) && !lines.Contains(line, StringComparer.Ordinal))
            {
                lines.Add(line);
            }
        }

        if (lines.Any(line => FirstError.IsMatch(line) && !Summary.IsMatch(line)))
        {
            lines.RemoveAll(line => Summary.IsMatch(line));
        }

        if (remark.Length > 0)
        {
            lines.Add(remark);
        }

        var first = Math.Max(0, lines.FindIndex(line => FirstError.IsMatch(line)));
        var begin = Math.Max(0, Math.Min(first - LinesBefore, lines.Count - QuotedLines));
        var text = string.Join("\n", lines.Skip(begin).Take(QuotedLines));
        text = text.Length <= QuotedCharacters ? text : text[..QuotedCharacters] + "…";
        return text.Contains('\n', StringComparison.Ordinal) ? "\n" + text : text;
    }

    /// <summary>What apt says when no repository answers it, which passes. What a maintainer script prints is no such
    /// sign.</summary>
    /// <returns><c>null</c>: something else is wrong.</returns>
    public static CanaryException? RepositoryUnavailable(InventoryHost host, string output) =>
        NobodyAnswers.IsMatch(output)
            ? new CanaryException(
                DeployerCodes.RepositoryUnavailable,
                $"{host.Name} finds no package repository: {Explain(output)}",
                $"Check that the repository publisher runs, and that {host.Name} reaches it."
            )
            : null;

    /// <summary>What apt says of a repository that is dated after now, or had to be renewed before now: nothing is wrong with
    /// the commit.</summary>
    /// <returns><c>null</c>: something else is wrong.</returns>
    public static CanaryException? ClocksDiffer(InventoryHost host, string output) =>
        NotThisTime.IsMatch(output)
            ? new CanaryException(
                DeployerCodes.ClocksDiffer,
                $"By the clock of {host.Name} the package repository is of another time: {Explain(output)}",
                $"Compare the clocks of {host.Name} and of the repository publisher ('date --utc' on both) and set the wrong one; "
                    + "then release again. Nothing is wrong with the commit."
            )
            : null;

    [GeneratedRegex(
        @"^(Reading (package lists|state information|changelogs)|\(Reading database |Building dependency tree|Selecting previously "
            + @"|(Get|Hit|Ign):\d|Need to get \d|Fetched \d|After this operation|The following (?!packages have unmet)\w+"
            + @"|Preparing to unpack |(Unpacking|Setting up|Removing|Purging configuration files for) .* \.\.\.$|Processing triggers for "
            + @"|\d+ upgraded|\d+ not fully installed|\S+ is already the newest version|dpkg: warning: downgrading|Suggested packages:|Recommended packages:|No apport report"
            + @"|Some packages could not be installed\.|requested an impossible situation|distribution that some required"
            + @"|or been moved out of Incoming|canary-apply: files of )"
    )]
    private static partial Regex Chatter { get; }

    [GeneratedRegex(
        @"^(The following (?!packages have unmet|information).*:|Errors were encountered while processing:)$"
    )]
    private static partial Regex ListHead { get; }

    [GeneratedRegex(@"^(E: |W: Failed|Err:|dpkg: error|dpkg-\w+: error|stopped: )")]
    private static partial Regex FirstError { get; }

    [GeneratedRegex(
        @"^(E: Sub-process \S+ returned an error code|dpkg: error: cannot continue$|W: Some index files failed to download)"
    )]
    private static partial Regex Summary { get; }

    // The words of apt's methods (apt-pkg/acquire-item.cc, methods/connect.cc, basehttp.cc).
    [GeneratedRegex(
        @"^[EW]: Failed to fetch \S+\s+(Could not connect|Could not resolve|Temporary failure resolving|Unable to connect|"
            + @"Cannot initiate the connection|Connection (failed|timed out|reset)|Error reading from server|50[234] )",
        RegexOptions.Multiline | RegexOptions.CultureInvariant
    )]
    private static partial Regex NobodyAnswers { get; }

    // apt-pkg/acquire-item.cc.
    [GeneratedRegex(
        @"^E: Release file for \S+ is (not valid yet|expired) \(invalid ",
        RegexOptions.Multiline | RegexOptions.CultureInvariant
    )]
    private static partial Regex NotThisTime { get; }
}
