using Canary.Contracts.Building;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds;

/// <summary>Lets every commit pass: for repositories whose commits are tested before they are pushed.</summary>
internal sealed class NoBuildProvider : IBuildProvider
{
    internal const string ProviderName = "none";

    public string NoPullRequests => "The provider none builds nothing.";

    public async Task<BuildResult> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation)
    {
        await log.HeadingAsync("Nothing is built here (provider: none)");
        return new BuildResult(TimeSpan.Zero);
    }
}
