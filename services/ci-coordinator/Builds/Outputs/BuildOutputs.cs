using System.Text;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>Sees to what a build makes for its package: which files, and where they go.</summary>
internal sealed class BuildOutputs(LocalFiles local, Func<OutputUploads> uploads, IOptions<BuildOptions> options)
{
    private const int LargestMetadata = 1 << 20;

    /// <summary>Looks at a fresh checkout.</summary>
    /// <returns><c>null</c>: nobody needs what the build makes.</returns>
    public async Task<OutputPlan?> PlanAsync(StartBuild build, Workspace workspace, CancellationToken cancellation)
    {
        if (build is not { Deploys: true, PullRequest: null })
        {
            return null;
        }

        var patterns = Patterns(workspace);
        var include = new PathGlobs(patterns);
        try
        {
            return new OutputPlan(
                include,
                patterns,
                await CommitFiles.ReadAsync(
                    local.Of(workspace),
                    include,
                    patterns.Count == 0 ? OutputCollection.MostLooked : OutputCollection.MostOf(options.Value.Output),
                    cancellation
                ),
                Path.Combine(workspace.ScratchPath, "output.tar.zst")
            );
        }
        catch (CanaryException) when (patterns.Count == 0)
        {
            // Then nobody hears of what it leaves.
            return null;
        }
    }

    /// <summary>The files of a checkout on this machine.</summary>
    public IBuildFiles In(Workspace workspace) => local.Of(workspace);

    /// <summary>What is to be collected where a build runs; <c>null</c>: nothing.</summary>
    public OutputCollection? For(OutputPlan? plan) => plan is null ? null : new(plan, options.Value.Output);

    /// <summary>Hands over what was collected.</summary>
    /// <exception cref="Failures.CanaryException">Nobody took it.</exception>
    public async Task<BuildResult> HandOverAsync(OutputPlan? plan, ScriptsPassed passed, CancellationToken cancellation)
    {
        if (plan is not null && passed.Collected?.Output is { } output)
        {
            await uploads().PutAsync(plan.Archive, output, cancellation);
        }

        return new BuildResult(passed.Time) { Output = passed.Collected?.Output, Left = passed.Collected?.Left };
    }

    private static IReadOnlyList<string> Patterns(Workspace workspace)
    {
        var file = new FileInfo(Path.Combine(workspace.Path, BuildOutputSection.File));
        try
        {
            // Whoever packages refuses what is no plain text.
            return file is { Exists: true, LinkTarget: null, Length: <= LargestMetadata }
                ? BuildOutputSection.TryInclude(
                    new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(
                        WithoutMark(File.ReadAllBytes(file.FullName))
                    )
                )
                : [];
        }
        catch (DecoderFallbackException)
        {
            return [];
        }
    }

    private static ReadOnlySpan<byte> WithoutMark(byte[] text) =>
        text.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? text.AsSpan(Encoding.UTF8.Preamble.Length) : text;
}
