using System.Reflection;
using System.Text;
using Canary.Failures;
using Canary.Files;
using Canary.Processes;
using Canary.Processes.Workspaces;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>The files of checkouts on this machine.</summary>
internal sealed class LocalFiles(DataDirectory data)
{
    private readonly CarriedProgram _program = new(
        Assembly.GetExecutingAssembly(),
        "canary-output",
        data.For(CiCoordinatorModule.Name)
    );

    public IBuildFiles Of(Workspace workspace) => new Checkout(_program, workspace);

    private sealed class Checkout(CarriedProgram program, Workspace workspace) : IBuildFiles
    {
        public async Task AskAsync(
            FilesRequest request,
            Func<ReadOnlyMemory<byte>, ValueTask> answer,
            CancellationToken cancellation
        )
        {
            var result = await SupervisedProcess.RunAsync(
                new ProcessSpec
                {
                    FileName = program.Path,
                    Arguments = [request.Verb, workspace.Path, .. request.Arguments],
                    WorkingDirectory = workspace.ScratchPath,
                    Owner = workspace.ScratchPath,
                    Environment = new Dictionary<string, string>
                    {
                        ["PATH"] = BuildOptions.OwnPath,
                        ["LC_ALL"] = "C.UTF-8",
                    },
                    Input = Encoding.UTF8.GetBytes(string.Concat(request.Paths.Select(path => path + '\0'))),
                    TimeLimit = FilesRequest.TimeLimit,
                    OutputLimit = long.MaxValue,
                    Output = answer,
                },
                cancellation
            );
            cancellation.ThrowIfCancellationRequested();
            if (result.Ending == ProcessEnding.TimedOut)
            {
                throw new CanaryException(
                    CiCoordinatorCodes.BuildOutputUnreadable,
                    $"Reading the files of the build took longer than {FilesRequest.TimeLimit.TotalMinutes:0} minutes.",
                    "Look at the disk of the data directory, or let the build leave fewer files."
                );
            }
        }
    }
}
