using System.Globalization;

namespace Canary.Processes.Workspaces;

/// <summary>What git may take when it reads from somebody who is not trusted to keep to any measure.</summary>
internal sealed record GitLimits
{
    /// <summary>Most bytes that it prints.</summary>
    internal required long Output { get; init; }

    /// <summary>Most bytes of one file that it writes; all that a fetch brings is one.</summary>
    internal required long File { get; init; }

    /// <summary>Most bytes of memory: little on the wire may be much when it is unpacked.</summary>
    internal required long Memory { get; init; }

    /// <summary>The command line of prlimit(1), which util-linux brings as it does <c>setsid</c>, before that of git.</summary>
    internal IEnumerable<string> Arguments =>
        [Limit("--fsize", File), Limit("--data", Memory), Limit("--core", 0), "git"];

    private static string Limit(string option, long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{option}={bytes}");
}
