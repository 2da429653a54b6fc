using Canary.Deployer.Rollouts;
using MassTransit;

namespace Canary.Deployer.Alarms;

/// <summary>What has fired until now counts no longer: before the first host it is not the version's doing, and who resumes a rollout
/// has seen it.</summary>
internal sealed class AcceptAlarms(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context) =>
        context.Saga.AlarmsBefore = await JudgeAlarms.LastPlaceAsync(store, context.CancellationToken);
}
