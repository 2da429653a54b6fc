using Canary.Processes;
using Canary.Processes.Sandboxes;
using Canary.Processes.Workspaces;

namespace Canary.CiCoordinator.Builds;

/// <summary>Runs the scripts of a commit where they reach nothing but its files.</summary>
internal sealed class SandboxedScripts(Sandbox sandbox, Workspace workspace, BuildOptions options) : IScriptRunner
{
    private readonly SandboxPlaces _places = new(workspace.Path, workspace.ScratchPath);

    /// <summary>Where the scripts' cache is on this machine.</summary>
    public string Cache => _places.CacheOutside;

    public Task<ProcessResult> RunAsync(ScriptRun run, CancellationToken cancellation)
    {
        var command = run.Script.CommandIn(SandboxPlaces.Work);
        return sandbox.RunAsync(
            new SandboxedProgram
            {
                FileName = command[0],
                Arguments = [.. command.Skip(1)],
                Places = _places,
                Environment = new Dictionary<string, string>(run.Environment)
                {
                    ["PATH"] = run.Environment.GetValueOrDefault("PATH", BuildOptions.OwnPath),
                },
                Allowed = run.Terms.Sandbox,
                Secrets = run.Terms.Secrets,
                TimeLimit = run.TimeLimit,
                OutputLimit = run.OutputLimit,
                Grace = options.Grace,
                Output = run.Output,
            },
            cancellation
        );
    }
}
