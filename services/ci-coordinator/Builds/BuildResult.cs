using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Builds;

/// <summary>What became of a build that passed.</summary>
/// <param name="ScriptTime">Time spent in the repository's own scripts.</param>
internal sealed record BuildResult(TimeSpan ScriptTime)
{
    /// <summary>What it made for the package; <c>null</c>: nothing.</summary>
    public BuildOutput? Output { get; init; }

    /// <summary>What it left besides; <c>null</c>: nothing, or nobody looked.</summary>
    public BuildLeftovers? Left { get; init; }
}
