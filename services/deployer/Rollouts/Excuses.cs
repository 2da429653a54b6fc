using Canary.Deployer.Hooks;

namespace Canary.Deployer.Rollouts;

/// <summary>What a rollout waits for and what lets it go on, in one line: the only place that makes the sentence.</summary>
internal static class Excuses
{
    public static string Lane(Guid active) =>
        $"release {ShortId.Of(active)} of the same application to end; see how far it is: canary releases show {ShortId.Of(active)}";

    public static string Soak(RolloutState rollout, DateTimeOffset until) =>
        $"the soak to end at {until:HH:mm:ss} UTC; sooner: canary releases promote {ShortId.Of(rollout.ReleaseId)}";

    public static string Promotion(RolloutState rollout) =>
        $"a person: canary releases promote {ShortId.Of(rollout.ReleaseId)}";

    public static string Pause(RolloutState rollout) =>
        $"a person ({rollout.Pause}): canary releases resume {ShortId.Of(rollout.ReleaseId)}";

    public static string HostOfHook(HookRun run) =>
        $"{run.Host}, which alone knows whether the script before the first host has run: {run.Problem?.Message}";

    public static string OtherHook(HookRun run) => $"{run.Host}: {run.Text}; it goes on when that one ends";
}
