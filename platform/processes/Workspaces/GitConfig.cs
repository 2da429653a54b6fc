namespace Canary.Processes.Workspaces;

/// <summary>The format of git's configuration files (git-config(1), "Syntax").</summary>
internal static class GitConfig
{
    /// <summary>A value as it stands in a file, whatever characters it holds.</summary>
    internal static string Quote(string value) =>
        "\""
        + value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
        + "\"";
}
