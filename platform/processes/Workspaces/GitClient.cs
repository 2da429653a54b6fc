using System.Collections;
using System.Text;
using Canary.Failures;

namespace Canary.Processes.Workspaces;

/// <summary>Runs git with our configuration alone: nothing of the machine's, nothing that asks, nothing that a repository
/// could make it run.</summary>
internal sealed class GitClient
{
    private static readonly TimeSpan ConfigurationLimit = TimeSpan.FromSeconds(20);

    /// <summary>In git's own words, which our environment keeps English.</summary>
    private static readonly string[] Refusals =
    [
        "Authentication failed",
        "could not read Username",
        "could not read Password",
    ];

    private readonly string _directory;
    private readonly WorkspaceOptions _options;
    private readonly IGitCredentials? _credentials;
    private readonly Dictionary<string, string> _environment;
    private readonly Dictionary<string, string> _operators;
    private GitLimits? _limits;

    /// <param name="directory">Where git runs, and its configuration is written.</param>
    /// <param name="options">How sources are fetched.</param>
    /// <param name="credentials">Gives out credentials; <c>null</c>: nobody does.</param>
    /// <param name="operators">Environment that leads to the operator's own git configuration; default: that of this process.</param>
    internal GitClient(
        string directory,
        WorkspaceOptions options,
        IGitCredentials? credentials = null,
        IEnumerable<KeyValuePair<string, string>>? operators = null
    )
    {
        _directory = directory;
        _options = options;
        _credentials = credentials;
        _operators = new Dictionary<string, string>(operators ?? OwnEnvironment())
        {
            // No repository's, wherever it is run.
            ["GIT_DIR"] = "/dev/null",
        };
        Directory.CreateDirectory(directory);
        var configuration = Path.Combine(directory, "gitconfig");
        WriteWhole(configuration, Configuration(options));
        _environment = GitHardening.Variables();
        foreach (
            var (name, value) in new Dictionary<string, string>
            {
                ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
                ["HOME"] = directory,
                ["LC_ALL"] = "C.UTF-8",
                ["GIT_CONFIG_NOSYSTEM"] = "1",
                ["GIT_CONFIG_GLOBAL"] = configuration,
                ["GIT_ATTR_NOSYSTEM"] = "1",
                ["GIT_ALLOW_PROTOCOL"] = string.Join(':', options.AllProtocols),
            }
        )
        {
            _environment[name] = value;
        }
    }

    /// <summary>The same with limits on what git takes.</summary>
    internal GitClient Within(GitLimits limits)
    {
        var limited = (GitClient)MemberwiseClone();
        limited._limits = limits;
        return limited;
    }

    /// <summary>Opens a repository on this machine for reading, without obeying it.</summary>
    /// <returns><c>null</c>: the address leads elsewhere.</returns>
    /// <exception cref="CanaryException">There is none (<c>repository-unreachable</c>), or it belongs to somebody else
    /// (<c>repository-of-others</c>).</exception>
    internal async Task<RepositoryView?> OpenAsync(string cloneUrl, CancellationToken cancellation)
    {
        if (LocalObjects.PathOf(cloneUrl) is not { } path)
        {
            return null;
        }

        // What is not seen here is nothing that git may look at by itself.
        var repository = LocalRepository.Find(path) ?? throw SourceFailures.NoRepository(cloneUrl);
        if (repository.OfSomebodyElse is { } foreign && !await IsAllowedAsync(repository, cancellation))
        {
            throw SourceFailures.OfSomebodyElse(repository.Root, foreign);
        }

        return new RepositoryView(repository);
    }

    /// <summary>As git itself does, by the configuration that the repository has no part in.</summary>
    private async Task<bool> IsAllowedAsync(LocalRepository repository, CancellationToken cancellation)
    {
        var said = await RunAsync(
            ["config", "--null", "--type=path", "--get-all", "safe.directory"],
            _operators,
            ConfigurationLimit,
            cancellation
        );
        return said.Succeeded && repository.IsAllowedBy(TextOf(said).Split('\0')[..^1]);
    }

    /// <summary>Runs git and returns what it printed, however it ended.</summary>
    internal Task<ProcessResult> TryAsync(
        IReadOnlyList<string> arguments,
        CancellationToken cancellation,
        params (string Name, string Value)[] environment
    ) => TryAsync(arguments, _options.TimeLimit, cancellation, environment);

    /// <summary>The same with a time limit of its own.</summary>
    internal Task<ProcessResult> TryAsync(
        IReadOnlyList<string> arguments,
        TimeSpan limit,
        CancellationToken cancellation,
        params (string Name, string Value)[] environment
    )
    {
        var variables = new Dictionary<string, string>(_environment);
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }
        return RunAsync(arguments, variables, limit, cancellation);
    }

    /// <summary>Runs git for something that another machine has, with the credentials that there are for it.</summary>
    /// <param name="address">Where it asks.</param>
    /// <param name="arguments">The command.</param>
    /// <param name="limit">Longest time; <c>null</c>: that of a fetch.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="environment">Further variables.</param>
    /// <exception cref="CanaryException"><c>repository-unreachable</c>: it takes credentials, and there are none now.</exception>
    internal async Task<ProcessResult> TryAtAsync(
        string address,
        IReadOnlyList<string> arguments,
        TimeSpan? limit,
        CancellationToken cancellation,
        params (string Name, string Value)[] environment
    )
    {
        var result = await TryOnceAsync(address, arguments, limit ?? _options.TimeLimit, environment, cancellation);
        if (!IsRefusal(result) || _credentials is null)
        {
            return result;
        }

        _credentials.Refused(address);
        return await TryOnceAsync(address, arguments, limit ?? _options.TimeLimit, environment, cancellation);
    }

    private async Task<ProcessResult> TryOnceAsync(
        string address,
        IReadOnlyList<string> arguments,
        TimeSpan limit,
        (string Name, string Value)[] environment,
        CancellationToken cancellation
    )
    {
        GitCredential? credential = null;
        CanaryException? missing = null;
        try
        {
            credential = _credentials is null ? null : await _credentials.ForAsync(address, cancellation);
        }
        catch (CanaryException exception)
        {
            // It may do without.
            missing = exception;
        }

        var result = await TryAsync(
            arguments,
            limit,
            cancellation,
            [
                .. environment,
                .. credential is null ? [] : GitCredentialHelper.Variables(credential, GitHardening.Settings.Count),
            ]
        );
        return missing is not null && IsRefusal(result) ? throw SourceFailures.NoCredentials(address, missing) : result;
    }

    private static bool IsRefusal(ProcessResult result) =>
        result is { Succeeded: false, Ending: ProcessEnding.Exited }
        && Refusals.Any(text => result.OutputTail.Contains(text, StringComparison.OrdinalIgnoreCase));

    private async Task<ProcessResult> RunAsync(
        IReadOnlyList<string> arguments,
        Dictionary<string, string> environment,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        var spec = new ProcessSpec
        {
            FileName = "git",
            Arguments = arguments,
            WorkingDirectory = _directory,
            Owner = _directory,
            Environment = environment,
            TimeLimit = limit,
            CaptureStandardOutput = true,
            // None of the commands used here starts anything that outlives it, and looking costs milliseconds.
            Leftovers = Leftovers.Leave,
        };
        if (_limits is { } limits)
        {
            spec = spec with
            {
                FileName = "prlimit",
                Arguments = [.. limits.Arguments, .. arguments],
                OutputLimit = limits.Output,
            };
        }

        var result = await SupervisedProcess.RunAsync(spec, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return result;
    }

    internal static string TextOf(ProcessResult result) => Encoding.UTF8.GetString(result.StandardOutput.Span);

    private static IEnumerable<KeyValuePair<string, string>> OwnEnvironment() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Select(variable => new KeyValuePair<string, string>((string)variable.Key, (string?)variable.Value ?? ""));

    /// <summary>Replicas may share the directory.</summary>
    private static void WriteWhole(string path, string text)
    {
        var part = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllText(part, text);
        File.Move(part, path, overwrite: true);
    }

    // Nothing is synced to the disk: a copy that a power cut damages is made anew.
    private static string Configuration(WorkspaceOptions options)
    {
        var text = new StringBuilder(
            """
            [core]
                attributesFile = /dev/null
                excludesFile = /dev/null
                symlinks = true
                autocrlf = false
                fileMode = true
                fsync = none
            [fetch]
                unpackLimit = 1
                writeCommitGraph = false
            [protocol]
                version = 2
            [init]
                defaultBranch = main
            [advice]
                detachedHead = false

            """
        );
        // Once more: a git that another one starts for a repository does not get the settings of the environment.
        foreach (var (key, value) in GitHardening.Settings)
        {
            var name = key.LastIndexOf('.');
            var section = key[..name].Split('.', 2) is [var kind, var which]
                ? $"{kind} {GitConfig.Quote(which)}"
                : key[..name];
            text.Append($"[{section}]\n    {key[(name + 1)..]} = {value}\n");
        }
        if (options.CredentialsFile is { } file)
        {
            var quoted = file.Replace("'", "'\\''", StringComparison.Ordinal);
            text.Append("[credential]\n    helper = ").Append(GitConfig.Quote($"store --file='{quoted}'")).Append('\n');
        }
        return text.ToString();
    }
}
