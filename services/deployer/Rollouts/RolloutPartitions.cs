using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>Handles the messages of one rollout one after the other, and those of different rollouts side by side.
/// Without it, the many results of a large wave would conflict with each other on the saga's row and start
/// over.</summary>
internal static class RolloutPartitions
{
    private const int Partitions = 16;

    public static void Configure(IReceiveEndpointConfigurator endpoint)
    {
        var partitioner = endpoint.CreatePartitioner(Partitions);
        By<StartRollout>(x => x.RolloutId);
        By<SupersedeRollout>(x => x.RolloutId);
        By<PromoteRollout>(x => x.RolloutId);
        By<RollBackRollout>(x => x.RolloutId);
        By<PauseRollout>(x => x.RolloutId);
        By<ResumeRollout>(x => x.RolloutId);
        By<SteerHost>(x => x.RolloutId);
        By<AcknowledgeRollout>(x => x.RolloutId);
        By<TakeTurn>(x => x.RolloutId);
        By<LookAtAlarms>(x => x.RolloutId);
        By<FleetChecked>(x => x.RolloutId);
        By<FleetDelayed>(x => x.RolloutId);
        By<FleetRejected>(x => x.RolloutId);
        By<VersionAdvertised>(x => x.RolloutId);
        By<VersionWithdrawn>(x => x.RolloutId);
        By<AdvertisingFailed>(x => x.RolloutId);
        By<HostUpdated>(x => x.RolloutId);
        By<HostUpdateFailed>(x => x.RolloutId);
        By<HostChecked>(x => x.RolloutId);
        By<RolloutDeadline>(x => x.RolloutId);
        By<SoakOver>(x => x.RolloutId);
        By<WatchDue>(x => x.RolloutId);

        void By<T>(Func<T, Guid> rollout)
            where T : class => endpoint.UsePartitioner<T>(partitioner, context => rollout(context.Message));
    }
}
