using Canary.CiCoordinator.Builds.Caches;
using Canary.Contracts.Building;
using Canary.Hosting.Logs;
using Canary.Processes.Sandboxes;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds;

/// <summary>Runs the convention scripts on this machine.</summary>
internal sealed class ScriptBuildProvider(
    ConventionBuild builds,
    Sandbox sandbox,
    LocalCaches caches,
    IOptions<BuildOptions> options
) : IBuildProvider
{
    internal const string ProviderName = "script";

    public async Task<TimeSpan> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation)
    {
        var unsafely = options.Value.UnsafeScriptsOnThisMachine;
        if (unsafely && build.IsOfFork())
        {
            throw ForkBuild.WithoutSandbox();
        }
        var terms = await BuildTerms.OfAsync(build, options.Value, log);
        // What a sandbox shows of a repository is this commit alone.
        await using var workspace = await builds.CheckOutAsync(build, selfContained: !unsafely, log, cancellation);
        var scripts = ConventionScript.FindBoth(workspace.Path);
        if (unsafely)
        {
            var trusted = new UnsafeScripts(workspace, terms, options.Value);
            return await RunAsync(trusted, trusted.Cache);
        }
        var sandboxed = new SandboxedScripts(sandbox, workspace, options.Value);
        return await RunAsync(sandboxed, sandboxed.Cache);

        Task<TimeSpan> RunAsync(IScriptRunner runner, string cache) =>
            builds.RunAsync(build, terms, scripts, runner, caches.For(workspace, cache), log, cancellation);
    }
}
