using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using Canary.Durability.Sagas;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Hooks;

/// <summary>Says what the recorded standing of the script means for the rollout. A host that cannot be asked is waited for: nobody else
/// knows whether the script has run. One that says for ever that it runs is not believed.</summary>
internal sealed class JudgeHook(DeployerStore store, IOptions<DeployerOptions> options) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        rollout.WaitingFor = null;
        rollout.Verdict = StepVerdict.Open;
        var run = await store.HookRuns.FindAsync([rollout.CorrelationId], context.CancellationToken);
        switch (run)
        {
            case null:
                break;
            case { Standing: HookStanding.Succeeded }:
                rollout.Verdict = StepVerdict.Passed;
                break;
            case { Standing: HookStanding.Failed }:
                rollout.Verdict = StepVerdict.Failed;
                rollout.Failure = HookFailures.Failed(rollout, run);
                break;
            case { Standing: HookStanding.Unknown }:
                rollout.Verdict = StepVerdict.Failed;
                rollout.Failure = HookFailures.Unknown(rollout, run);
                break;
            case { Problem: { } problem }:
                run.ProblemSince ??= context.StoreTime();
                if (
                    HookFailures.IsTransient(problem)
                    && context.StoreTime() - run.ProblemSince < options.Value.PreDeployPatience
                )
                {
                    rollout.WaitingFor = Excuses.HostOfHook(run);
                }
                else
                {
                    rollout.Verdict = StepVerdict.Failed;
                    rollout.Failure = HookFailures.NotAsked(rollout, run, problem);
                }

                break;
            case { Text.Length: > 0 }:
                run.ProblemSince = null;
                HookClock.Start(rollout, context.StoreTime());
                rollout.WaitingFor = Excuses.OtherHook(run);
                break;
            case var _ when HookClock.IsOver(rollout, context.StoreTime(), options.Value):
                rollout.Verdict = StepVerdict.Failed;
                rollout.Failure = HookFailures.Endless(rollout, run);
                break;
            default:
                run.ProblemSince = null;
                break;
        }
    }
}
