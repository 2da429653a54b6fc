using Canary.CiCoordinator.Builds.Outputs;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Logs;
using Canary.Machines.Ssh;
using Canary.Processes;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>Runs the convention scripts on a build host. The commit is checked out here, so that whoever may read the
/// repositories is this service alone; its files go over the connection.</summary>
internal sealed class SshBuildProvider(
    ConventionBuild builds,
    BuildHostPool pool,
    BuildOutputs outputs,
    [FromKeyedServices(CiCoordinatorModule.Name)] SshConnections connections,
    IOptions<BuildOptions> options,
    TimeProvider time
) : IBuildProvider
{
    internal const string ProviderName = "ssh";

    /// <summary>How many build hosts a build may lose: the commit may be what brings them down.</summary>
    private const int MostLosses = 3;

    public async Task<BuildResult> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation)
    {
        var terms = await BuildTerms.OfAsync(build, options.Value, log);
        await using var workspace = await builds.CheckOutAsync(build, selfContained: true, log, cancellation);
        var scripts = ConventionScript.FindBoth(workspace.Path);
        var plan = await outputs.PlanAsync(build, workspace, cancellation);
        var passed = await RunAsync(build, terms, workspace, scripts, plan, log, cancellation);
        return await outputs.HandOverAsync(plan, passed, cancellation);
    }

    private async Task<ScriptsPassed> RunAsync(
        StartBuild build,
        BuildTerms terms,
        Workspace workspace,
        IReadOnlyList<ConventionScript> scripts,
        OutputPlan? plan,
        ShippedLog log,
        CancellationToken cancellation
    )
    {
        var archive = await PackAsync(workspace, cancellation);
        var search = pool.For(log, isPullRequest: build.PullRequest is not null);
        var losses = 0;
        while (true)
        {
            using var place = await search.TakeAsync(cancellation);
            var isOpen = false;
            try
            {
                await using var remote = await RemoteWorkspace.OpenAsync(
                    connections,
                    place.Host,
                    archive,
                    options.Value,
                    time,
                    cancellation
                );
                isOpen = true;
                search.Succeeded(place);
                await log.HeadingAsync($"On {place.Host.Name}");
                return await builds.RunAsync(
                    build,
                    terms,
                    scripts,
                    remote,
                    remote,
                    outputs.For(plan),
                    remote,
                    log,
                    cancellation
                );
            }
            catch (CanaryException exception) when (exception.Code is RemoteWorkspace.Lost or RemoteWorkspace.Unfit)
            {
                if (++losses == MostLosses)
                {
                    throw;
                }

                await search.AvoidAsync(place.Host, exception);
            }
            catch (CanaryException exception) when (exception.Code == CiCoordinatorCodes.ForkNeedsSandbox)
            {
                if (!await search.LeaveOutAsync(place.Host, exception))
                {
                    throw;
                }
            }
            catch (CanaryException exception) when (!isOpen)
            {
                await search.AvoidAsync(place.Host, exception);
            }
        }
    }

    // Names that are not UTF-8 and modes survive it, which they would not in a library.
    private static async Task<string> PackAsync(Workspace workspace, CancellationToken cancellation)
    {
        var archive = Path.Combine(workspace.ScratchPath, "source.tar");
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = "tar",
                Arguments =
                [
                    "--create",
                    $"--file={archive}",
                    "--owner=0",
                    "--group=0",
                    "--numeric-owner",
                    $"--directory={workspace.Path}",
                    ".",
                ],
                WorkingDirectory = workspace.ScratchPath,
                Owner = workspace.ScratchPath,
                Environment = new Dictionary<string, string>
                {
                    ["PATH"] = BuildOptions.OwnPath,
                    ["LC_ALL"] = "C.UTF-8",
                },
                Leftovers = Leftovers.Leave,
            },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        return result.Succeeded
            ? archive
            : throw new CanaryException(
                CiCoordinatorCodes.SourceNotPacked,
                $"The files of the commit could not be packed for a build host: {result.OutputTail.Trim()}",
                "See that the data directory has space."
            );
    }
}
