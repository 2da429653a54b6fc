using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Hooks;

/// <summary>How long a host may say that the script runs. It is counted from the start of the stage, which is noted by the store's clock, and
/// anew for as long as the script of another release is in the way.</summary>
internal static class HookClock
{
    public static void Start(RolloutState rollout, DateTimeOffset now) =>
        rollout.Stages = [
            .. rollout.Stages.Select(stage => stage.Name == Steps.PreDeploy ? stage with { StartedAt = now } : stage),
        ];

    /// <summary>The host ends the script at its time limit. Beyond that it has the time of a visit, to fetch what the script comes with, and
    /// that for which it may be away.</summary>
    public static bool IsOver(RolloutState rollout, DateTimeOffset now, DeployerOptions options) =>
        rollout.Plan.PreDeploy is { } script
        && now - rollout.StartOf(Steps.PreDeploy) > script.TimeLimit + options.HostDeadline + options.PreDeployPatience;
}
