using System.Globalization;
using Canary.Contracts;
using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Hooks;

/// <summary>Why the script before the first host fails a release.</summary>
internal static class HookFailures
{
    /// <summary>Whether it may be otherwise when the host is asked again.</summary>
    public static bool IsTransient(Failure failure) =>
        HostFailures.IsTransient(failure)
        && failure.Code
            is not (DeployerCodes.AgentOutdated or DeployerCodes.RepositoryRefused or DeployerCodes.RequestInvalid);

    public static Failure Failed(RolloutState rollout, HookRun run) =>
        new()
        {
            Code = DeployerCodes.PreDeployFailed,
            Message = $"{ScriptOf(rollout)} failed on {run.Host}: it {run.Text}\nNo host was changed.",
            Remedy =
                "Look at what the script changes, and whether it did half of it: "
                + $"{LogOf(rollout)}. Correct it and push again, or run it again: {RetryOf(rollout)}.",
        };

    public static Failure Unknown(RolloutState rollout, HookRun run) =>
        new()
        {
            Code = DeployerCodes.PreDeployUnknown,
            Message =
                $"{ScriptOf(rollout)} was {run.Text}, on {run.Host}, which does not know how it ended: the host went down "
                + "meanwhile, or the script's processes were killed. It is not run again by itself. No host was changed.",
            Remedy = string.Create(
                CultureInfo.InvariantCulture,
                $"""
                Look at what the script changes, and at what it printed: {LogOf(
                    rollout
                )}, or on {run.Host} /var/lib/canary-apply/private/hooks/{rollout.ReleaseId}/log. Then run it again: {RetryOf(
                    rollout
                )}; or, if what it does is done: {RetryOf(rollout)} --pre-deploy-done.
                """
            ),
        };

    public static Failure Silent(RolloutState rollout, string? host) =>
        new()
        {
            Code = DeployerCodes.PreDeployUnknown,
            Message =
                $"Nothing more is heard of {ScriptOf(rollout)}{(host is null ? "" : $" on {host}")}: whether it has run is not known. It "
                + "is not run again by itself. No host was changed.",
            Remedy =
                $"/var/lib/canary-apply/private/hooks/{rollout.ReleaseId} on the host says whether it has. Then run it again: "
                + $"{RetryOf(rollout)}; or, if what it does is done: {RetryOf(rollout)} --pre-deploy-done.",
        };

    public static Failure Endless(RolloutState rollout, HookRun run) =>
        new()
        {
            Code = DeployerCodes.PreDeployUnknown,
            Message = string.Create(
                CultureInfo.InvariantCulture,
                $"{ScriptOf(rollout)} still runs, {run.Host} says, long after its time limit of {rollout.Plan.PreDeploy?.TimeLimit.TotalSeconds:0} s, at which {run.Host} was to end it. It is not followed any further. No host was changed."
            ),
            Remedy =
                $"Look at what canary-apply does on {run.Host}, and end the script there. Look at what it changes, and at what it "
                + $"printed: {LogOf(rollout)}. Then run it again: {RetryOf(rollout)}; or, if what it does is done: "
                + $"{RetryOf(rollout)} --pre-deploy-done.",
        };

    public static Failure NotAsked(RolloutState rollout, HookRun run, Failure problem) =>
        new()
        {
            Code = DeployerCodes.PreDeployFailed,
            Message =
                $"{ScriptOf(rollout)} is to run on {run.Host}, which cannot be asked whether it has: {problem.Message}\n"
                + "No host was changed.",
            Remedy =
                $"{problem.Remedy} Where it may have run already, /var/lib/canary-apply/private/hooks/{rollout.ReleaseId} on "
                + $"{run.Host} says so. Then run it in a new release: {RetryOf(rollout)}; or, if what it does is done: "
                + $"{RetryOf(rollout)} --pre-deploy-done.",
        };

    private static string ScriptOf(RolloutState rollout) =>
        $"{rollout.Plan.PreDeploy?.Path} of {rollout.Package.Name} {rollout.Package.Version}";

    private static string LogOf(RolloutState rollout) =>
        $"canary releases logs {ShortId.Of(rollout.ReleaseId)} --stage {Steps.PreDeploy}";

    private static string RetryOf(RolloutState rollout) => $"canary releases retry {ShortId.Of(rollout.ReleaseId)}";
}
