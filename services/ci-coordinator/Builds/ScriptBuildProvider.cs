using Canary.CiCoordinator.Builds.Caches;
using Canary.CiCoordinator.Builds.Outputs;
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
    BuildOutputs outputs,
    IOptions<BuildOptions> options
) : IBuildProvider
{
    internal const string ProviderName = "script";

    public async Task<BuildResult> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation)
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
        var plan = await outputs.PlanAsync(build, workspace, cancellation);
        if (unsafely)
        {
            var trusted = new UnsafeScripts(workspace, terms, options.Value);
            return await RunAsync(trusted, trusted.Cache);
        }
        var sandboxed = new SandboxedScripts(sandbox, workspace, options.Value);
        return await RunAsync(sandboxed, sandboxed.Cache);

        async Task<BuildResult> RunAsync(IScriptRunner runner, string cache)
        {
            var passed = await builds.RunAsync(
                build,
                terms,
                scripts,
                runner,
                caches.For(workspace, cache),
                outputs.For(plan),
                outputs.In(workspace),
                log,
                cancellation
            );
            return await outputs.HandOverAsync(plan, passed, cancellation);
        }
    }
}
