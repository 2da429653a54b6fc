using Canary.Contracts.Building;
using Canary.Hosting.Logs;
using Canary.Processes;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds;

/// <summary>Runs the convention scripts on this machine.</summary>
internal sealed class ScriptBuildProvider(ConventionBuild builds, IOptions<BuildOptions> options) : IBuildProvider
{
    internal const string ProviderName = "script";

    public async Task<TimeSpan> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation)
    {
        await using var workspace = await builds.CheckOutAsync(build, selfContained: false, log, cancellation);
        var scripts = ConventionScript.FindBoth(workspace.Path);
        return await builds.RunAsync(build, scripts, new Here(workspace, options.Value), log, cancellation);
    }

    private sealed class Here(Workspace workspace, BuildOptions options) : IScriptRunner
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
}
