using Canary.Cli.Local;

namespace Canary.Cli.Demo;

/// <summary>Git in a repository that the demo makes itself.</summary>
internal sealed class DemoGit(string directory)
{
    private static readonly Dictionary<string, string?> Quiet = new()
    {
        ["GIT_TERMINAL_PROMPT"] = "0",
        ["GIT_DIR"] = null,
        ["GIT_WORK_TREE"] = null,
        ["GIT_INDEX_FILE"] = null,
    };

    public string Directory { get; } = directory;

    /// <summary>Runs git in the repository and returns what it printed, without the last line end.</summary>
    public async Task<string> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        var result =
            await Tool.TryRunAsync("git", ["-C", Directory, .. arguments], cancellation, environment: Quiet)
            ?? throw CliException.Usage(
                CliCodes.GitMissing,
                "There is no git here.",
                "Install it: apt-get install git."
            );
        return result.Succeeded
            ? result.Output.TrimEnd('\n')
            : throw CliException.Usage(
                CliCodes.GitFailed,
                $"git {string.Join(' ', arguments)} failed in {Directory}: {result.Error.Trim()}",
                "Mend what git complains about and try again."
            );
    }
}
