using System.Reflection;
using Canary.Files;
using Canary.Processes;
using Canary.Processes.Workspaces;

namespace Canary.CiCoordinator.Builds.Caches;

/// <summary>The caches of the builds on this machine (<c>hosts/canary-cache</c>).</summary>
internal sealed class LocalCaches(DataDirectory data)
{
    private readonly CarriedProgram _program = new(
        Assembly.GetExecutingAssembly(),
        "canary-cache",
        data.For(CiCoordinatorModule.Name)
    );

    private string Store => Path.Combine(data.For(CiCoordinatorModule.Name), "caches");

    /// <summary>The caches, for a build that works on a copy of its own.</summary>
    /// <param name="workspace">The files of the build.</param>
    /// <param name="copy">The directory of the copy.</param>
    public IBuildCaches For(Workspace workspace, string copy) => new Copies(this, workspace, copy);

    private async Task<CacheOutcome> RunAsync(
        Workspace workspace,
        IReadOnlyList<string> arguments,
        CancellationToken cancellation
    )
    {
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = _program.Path,
                Arguments = arguments,
                WorkingDirectory = data.Root,
                Owner = workspace.ScratchPath,
                Environment = new Dictionary<string, string>(),
                TimeLimit = BuildCache.TimeLimit,
            },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        return CacheOutcome.Read(result.OutputTail);
    }

    private sealed class Copies(LocalCaches caches, Workspace workspace, string copy) : IBuildCaches
    {
        public Task<CacheOutcome> RestoreAsync(BuildCache cache, CancellationToken cancellation) =>
            caches.RunAsync(workspace, ["restore", caches.Store, cache.Name, copy], cancellation);

        public Task<CacheOutcome> KeepAsync(BuildCache cache, CancellationToken cancellation) =>
            caches.RunAsync(workspace, ["keep", caches.Store, cache.Name, copy, .. cache.Bounds], cancellation);
    }
}
