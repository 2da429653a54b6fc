using Canary.Contracts.Deploying;
using Canary.Deployer.Gates;
using Canary.Deployer.Hooks;

namespace Canary.Deployer.Rollouts;

/// <summary>What a rollout waits for and what lets it go on, in one line: the only place that makes the sentence.</summary>
internal static class Excuses
{
    public static string Lane(Guid active) =>
        $"release {ShortId.Of(active)} of the same application to end; see how far it is: canary releases show {ShortId.Of(active)}";

    public static string Soak(RolloutState rollout, DateTimeOffset until) =>
        $"the soak to end at {until:HH:mm:ss} UTC; sooner: canary releases promote {ShortId.Of(rollout.ReleaseId)}";

    public static string WaveSoak(RolloutState rollout) =>
        $"the soak of {rollout.Step} to end at {rollout.EndOfWaveSoak:HH:mm:ss} UTC, when the next wave begins";

    public static string Promotion(RolloutState rollout) =>
        rollout.Plan is { Promotion: PromotionPolicy.Automatic, Approvals: <= 1 }
            ? "a proof that its alarms arrive, for there was none of late: "
                + $"canary alarms test {rollout.Application}; without one: canary releases promote {ShortId.Of(rollout.ReleaseId)}"
        : rollout.Plan.Approvals <= 1 && rollout.Excluded is null
            ? $"a person: canary releases promote {ShortId.Of(rollout.ReleaseId)}"
        : $"{People(rollout.MissingApprovals)} to approve{Counted(rollout)}: canary releases promote {ShortId.Of(rollout.ReleaseId)}";

    public static string Gate(RolloutState rollout, GateHold hold)
    {
        var sooner = $"canary releases override {ShortId.Of(rollout.ReleaseId)} --reason TEXT";
        return hold.Freeze is { } freeze
                ? $"the freeze by {freeze.By} ({freeze.Reason}) to end"
                    + (freeze.Until is { } until ? $" at {DeploymentWindow.Words(until)}" : "")
                    + (
                        freeze.Id is { } id
                            ? $"; sooner: canary freeze remove {ShortId.Of(id)}, or {sooner}"
                            : $"; sooner: {sooner}"
                    )
            : hold.OpensAt is { } opens
                ? $"the window {hold.Windows} to open at {DeploymentWindow.Words(opens)}; sooner: {sooner}"
            : $"the window {hold.Windows}, which does not open in the next two weeks; sooner: {sooner}";
    }

    public static string Pause(RolloutState rollout) =>
        $"a person ({rollout.Pause}): canary releases resume {ShortId.Of(rollout.ReleaseId)}";

    /// <summary>A pause that a person wants to end while a window or a freeze holds the rollout, which <c>WaitingFor</c> names.</summary>
    public static string HeldPause(RolloutState rollout) =>
        $"{rollout.WaitingFor}; then: canary releases resume {ShortId.Of(rollout.ReleaseId)}";

    public static string HostOfHook(HookRun run) =>
        $"{run.Host}, which alone knows whether the script before the first host has run: {run.Problem?.Message}";

    private static string People(int count) => count == 1 ? "1 more person" : $"{count} more people";

    private static string Counted(RolloutState rollout)
    {
        string[] words =
        [
            .. rollout.Gates is { Approvals: { Count: > 0 } by } ? [$"{string.Join(" and ", by)} did"] : (string[])[],
            .. rollout.Excluded is { } author ? [$"{author} may not, whose release it is"] : (string[])[],
        ];
        return words.Length > 0 ? $" ({string.Join("; ", words)})" : "";
    }

    public static string OtherHook(HookRun run) => $"{run.Host}: {run.Text}; it goes on when that one ends";
}
