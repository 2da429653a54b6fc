using Canary.Contracts.Alarms;
using Canary.Contracts.Deploying;
using Canary.Deployer.Rollouts;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Alarms;

/// <summary>Records that a test alarm has come all the way, and has rollouts look that wait for one.</summary>
internal sealed class ReportAlarmTestConsumer(DeployerStore store, StoreClock clock) : IConsumer<ReportAlarmTest>
{
    public async Task Consume(ConsumeContext<ReportAlarmTest> context)
    {
        var (report, cancellation) = (context.Message, context.CancellationToken);
        if (await store.PassedTests.FindAsync([report.TestId], cancellation) is null)
        {
            store.PassedTests.Add(
                new PassedTest
                {
                    Id = report.TestId,
                    Application = report.Application,
                    Source = report.Source,
                    At = clock.Now,
                }
            );
            var waiting = await store
                .Rollouts.Where(rollout =>
                    rollout.Application == report.Application && rollout.CurrentState == RolloutStates.AwaitingPromotion
                )
                .Select(rollout => rollout.CorrelationId)
                .ToListAsync(cancellation);
            foreach (var rollout in waiting)
            {
                await context.SendCommand(new LookAtAlarms { RolloutId = rollout });
            }
        }

        await context.SendCommand(new AcknowledgeAlarmTest { TestId = report.TestId });
    }
}
