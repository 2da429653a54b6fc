using System.Text;

namespace Canary.Processes.Workspaces;

/// <summary>Runs git with our configuration alone: nothing of the machine's, nothing that asks, nothing that a repository
/// could make it run.</summary>
internal sealed class GitClient
{
    private readonly string _directory;
    private readonly WorkspaceOptions _options;
    private readonly Dictionary<string, string> _environment;

    internal GitClient(string directory, WorkspaceOptions options)
    {
        _directory = directory;
        _options = options;
        var configuration = Path.Combine(directory, "gitconfig");
        File.WriteAllText(configuration, Configuration(options));
        _environment = new Dictionary<string, string>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = directory,
            ["LC_ALL"] = "C.UTF-8",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_GLOBAL"] = configuration,
            ["GIT_ATTR_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_ASKPASS"] = "/bin/false",
            ["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes",
            ["GIT_ALLOW_PROTOCOL"] = string.Join(':', options.AllProtocols),
            ["GIT_OPTIONAL_LOCKS"] = "0",
            ["GIT_NO_REPLACE_OBJECTS"] = "1",
        };
    }

    /// <summary>Runs git and returns what it printed, however it ended.</summary>
    internal async Task<ProcessResult> TryAsync(
        IReadOnlyList<string> arguments,
        CancellationToken cancellation,
        params (string Name, string Value)[] environment
    )
    {
        var variables = new Dictionary<string, string>(_environment);
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = "git",
                Arguments = arguments,
                WorkingDirectory = _directory,
                Owner = _directory,
                Environment = variables,
                TimeLimit = _options.TimeLimit,
                CaptureStandardOutput = true,
                // None of the commands used here starts anything that outlives it, and looking costs milliseconds.
                Leftovers = Leftovers.Leave,
            },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        return result;
    }

    internal static string TextOf(ProcessResult result) => Encoding.UTF8.GetString(result.StandardOutput.Span);

    // Nothing is synced to the disk: a copy that a power cut damages is made anew.
    private static string Configuration(WorkspaceOptions options)
    {
        var text = new StringBuilder(
            """
            [core]
                hooksPath = /dev/null
                attributesFile = /dev/null
                excludesFile = /dev/null
                fsmonitor = false
                symlinks = true
                autocrlf = false
                fileMode = true
                fsync = none
            [gc]
                auto = 0
            [maintenance]
                auto = false
            [fetch]
                recurseSubmodules = false
                unpackLimit = 1
                writeCommitGraph = false
            [submodule]
                recurse = false
            [protocol]
                version = 2
            [init]
                defaultBranch = main
            [advice]
                detachedHead = false

            """
        );
        if (options.AllowLocalRepositories)
        {
            // Whoever may ask for a build of a local path is an operator: the owner of the directory does not matter.
            text.Append("[safe]\n    directory = *\n");
        }
        if (options.CredentialsFile is { } file)
        {
            var quoted = file.Replace("'", "'\\''", StringComparison.Ordinal);
            text.Append("[credential]\n    helper = ").Append(GitConfig.Quote($"store --file='{quoted}'")).Append('\n');
        }
        return text.ToString();
    }
}
