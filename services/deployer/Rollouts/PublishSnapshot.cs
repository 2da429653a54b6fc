using Canary.Contracts.Deploying;
using Canary.Deployer.Advertising;
using Canary.Durability.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Tells the world how the rollout stands, whole.</summary>
internal sealed class PublishSnapshot(DeployerStore store, VersionSharing? sharing = null) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var rows = await store
            .Hosts.Where(row => row.RolloutId == rollout.CorrelationId)
            .OrderBy(row => row.Channel)
            .ThenBy(row => row.Host)
            .ToListAsync(context.CancellationToken);
        if (rollout.Step is { } step)
        {
            rollout.Describe(step, rollout.WordsFor(StepTally.Of([.. rows.Where(row => row.Step == step)])));
        }

        rollout.ShowAttempts();
        rollout.Revision++;
        await context.Publish(
            new RolloutChanged
            {
                RolloutId = rollout.CorrelationId,
                ReleaseId = rollout.ReleaseId,
                Revision = rollout.Revision,
                Application = rollout.Application,
                Package = rollout.Package.Name,
                Version = rollout.Package.Version,
                State = RolloutStateMachine.PublicNameOf(rollout.CurrentState),
                WaitingFor = rollout.WaitingFor,
                HostsReached = rollout.HostsReached,
                Stages = rollout.Stages,
                Hosts = [.. rows.Select(row => row.ToSnapshot())],
                Failure = rollout.Failure,
                Warnings = rollout.Warnings,
                Regret = rollout.Regret,
                Approvals =
                    rollout.Plan.Approvals > 1 || rollout.Excluded is not null
                        ? new RolloutApprovals
                        {
                            Required = Math.Max(1, rollout.Plan.Approvals),
                            By = rollout.Gates?.Approvals ?? [],
                            NotBy = rollout.Excluded,
                        }
                        : null,
            },
            context.CancellationToken
        );
        if (sharing is not null)
        {
            await context.SendCommand(new ShareVersions { Application = rollout.Application });
        }
    }
}
