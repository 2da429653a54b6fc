using System.Collections;
using Canary.Processes.Workspaces;

namespace Canary.Cli.Local;

/// <summary>A git repository of this machine. It is read without its own configuration and hooks, which may have come from anybody
/// who handed it over; the user's own configuration holds.</summary>
internal sealed class Git
{
    /// <summary>Where the user's own configuration is may be said in the environment; what else it says of git is meant for another
    /// repository.</summary>
    private static readonly string[] Kept = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"];

    private readonly LocalRepository _repository;

    private Git(LocalRepository repository) => _repository = repository;

    /// <summary>Its work tree, or itself if it has none.</summary>
    public string Directory => _repository.Root;

    public bool HasWorkTree => _repository.WorkTree is not null;

    /// <summary>The repository that a path is in; <c>null</c>: there is none.</summary>
    /// <exception cref="CliException">It belongs to somebody else, and the user has not allowed it.</exception>
    public static async Task<Git?> FindAsync(string path, CancellationToken cancellation)
    {
        if (LocalRepository.Find(path) is not { } repository)
        {
            return null;
        }

        return repository.OfSomebodyElse is not { } foreign || repository.IsAllowedBy(await AllowedAsync(cancellation))
            ? new Git(repository)
            : throw CliException.Usage(
                CliCodes.RepositoryOfOthers,
                $"{repository.Root} is not read, since {foreign} belongs to another user.",
                $"If you trust it: git config --global --add safe.directory {repository.Root}"
            );
    }

    /// <summary>Runs git in the repository and returns what it printed, without the last line end.</summary>
    public async Task<string> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        var result = await TryAsync(cancellation, arguments);
        return result.Succeeded
            ? result.Output.TrimEnd('\n')
            : throw CliException.Usage(
                CliCodes.GitFailed,
                $"git {string.Join(' ', arguments)} failed in {Directory}: {result.Error.Trim()}",
                "Mend what git complains about and try again."
            );
    }

    public async Task<ToolResult> TryAsync(CancellationToken cancellation, params string[] arguments)
    {
        using var view = new RepositoryView(_repository);
        var environment = Environment();
        environment[view.Index.Name] = view.Index.Value;
        return await StartAsync(["-C", Directory, .. view.Arguments, .. arguments], environment, cancellation);
    }

    /// <summary>What the user's own configuration says, wherever this runs.</summary>
    private static async Task<string[]> AllowedAsync(CancellationToken cancellation)
    {
        var said = await StartAsync(
            ["config", "--null", "--type=path", "--get-all", "safe.directory"],
            new Dictionary<string, string?> { ["GIT_DIR"] = "/dev/null" },
            cancellation
        );
        return said.Output.Split('\0', StringSplitOptions.None)[..^1];
    }

    private static async Task<ToolResult> StartAsync(
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?> environment,
        CancellationToken cancellation
    ) =>
        await Tool.TryRunAsync("git", arguments, cancellation, environment: environment)
        ?? throw CliException.Usage(CliCodes.GitMissing, "There is no git here.", "Install it: apt-get install git.");

    private static Dictionary<string, string?> Environment()
    {
        var environment = System
            .Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Select(variable => (string)variable.Key)
            .Where(name => name.StartsWith("GIT_", StringComparison.Ordinal) && !Kept.Contains(name))
            .ToDictionary(name => name, _ => (string?)null);
        foreach (var (name, value) in GitHardening.Variables())
        {
            environment[name] = value;
        }

        environment["GIT_ALLOW_PROTOCOL"] = "none";
        return environment;
    }
}
