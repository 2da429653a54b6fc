using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>Something that the saga does with what is stored: everything else is a verb.</summary>
internal interface IRolloutWork
{
    Task RunAsync(BehaviorContext<RolloutState> context);
}
