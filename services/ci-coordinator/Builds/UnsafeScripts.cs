using Canary.Files;
using Canary.Processes;
using Canary.Processes.Sandboxes;
using Canary.Processes.Workspaces;

namespace Canary.CiCoordinator.Builds;

/// <summary>Runs the scripts of a commit as this process's user, where they can do whatever it can.</summary>
internal sealed class UnsafeScripts(Workspace workspace, BuildTerms terms, BuildOptions options) : IScriptRunner
{
    private readonly string _home = Make(workspace, "home");
    private readonly string _temporary = Make(workspace, "tmp");

    /// <summary>Where the scripts' cache is.</summary>
    public string Cache { get; } = Make(workspace, "cache");

    private readonly string _secrets = WriteSecrets(Make(workspace, "secrets"), terms.Secrets);

    public Task<ProcessResult> RunAsync(ScriptRun run, CancellationToken cancellation)
    {
        var command = run.Script.CommandIn(workspace.Path);
        return SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = command[0],
                Arguments = [.. command.Skip(1)],
                WorkingDirectory = workspace.Path,
                Owner = workspace.ScratchPath,
                Environment = EnvironmentOf(run),
                TimeLimit = run.TimeLimit,
                OutputLimit = run.OutputLimit,
                Grace = options.Grace,
                Output = run.Output,
            },
            cancellation
        );
    }

    private Dictionary<string, string> EnvironmentOf(ScriptRun run)
    {
        var environment = new Dictionary<string, string>(run.Environment)
        {
            ["PATH"] = run.Environment.GetValueOrDefault("PATH", BuildOptions.OwnPath),
            ["HOME"] = _home,
            ["TMPDIR"] = _temporary,
            [SandboxPlaces.CacheVariable] = Cache,
        };
        if (terms.Secrets.Count > 0)
        {
            environment[Secret.Variable] = _secrets;
        }
        return environment;
    }

    private static string WriteSecrets(string directory, IEnumerable<Secret> secrets)
    {
        foreach (var secret in secrets)
        {
            SecretFile.Write(Path.Combine(directory, secret.Name), secret.Content);
        }
        return directory;
    }

    private static string Make(Workspace workspace, string name) =>
        Directory.CreateDirectory(Path.Combine(workspace.ScratchPath, name)).FullName;
}
