using Canary.Processes;
using Canary.Processes.Workspaces;

namespace Canary.CiCoordinator.Builds;

/// <summary>Runs the scripts of a commit as this process's user, where they can do whatever it can.</summary>
internal sealed class UnsafeScripts(Workspace workspace, BuildOptions options) : IScriptRunner
{
    private readonly string _home = Make(workspace, "home");
    private readonly string _temporary = Make(workspace, "tmp");

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
                Environment = new Dictionary<string, string>(run.Environment)
                {
                    ["PATH"] = run.Environment.GetValueOrDefault("PATH", BuildOptions.OwnPath),
                    ["HOME"] = _home,
                    ["TMPDIR"] = _temporary,
                },
                TimeLimit = run.TimeLimit,
                OutputLimit = run.OutputLimit,
                Grace = options.Grace,
                Output = run.Output,
            },
            cancellation
        );
    }

    private static string Make(Workspace workspace, string name) =>
        Directory.CreateDirectory(Path.Combine(workspace.ScratchPath, name)).FullName;
}
