namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>What is known before the scripts run of the files that they will make.</summary>
/// <param name="Include">Which of them belong to the package.</param>
/// <param name="Patterns">The same, as they are written.</param>
/// <param name="Commit">The files that were there before.</param>
/// <param name="Archive">Path of the archive to make.</param>
internal sealed record OutputPlan(PathGlobs Include, IReadOnlyList<string> Patterns, CommitFiles Commit, string Archive)
{
    /// <summary>Whether the package shall hold any.</summary>
    public bool IsWanted => Patterns.Count > 0;
}
