using Canary.Contracts;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Counts the recorded results of the step at work and says what they mean.</summary>
internal sealed class JudgeStep(DeployerStore store) : IRolloutWork
{
    /// <summary>A snapshot goes out at least ten times per step, and with every result of a small one: a large fleet
    /// must not be described anew for each of its hosts.</summary>
    private const int SnapshotsPerStep = 10;

    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var tally = IsChanged
            ? StepTally.Of([
                .. (await store.HostsOfAsync(rollout.CorrelationId, context.CancellationToken)).Where(row =>
                    row.Step == rollout.Step
                ),
            ])
            : await CountAsync(rollout, context.CancellationToken);
        rollout.Verdict = rollout.JudgementOf(tally);
        rollout.Describe(rollout.Step!, rollout.WordsFor(tally));
        rollout.HasNews = tally.Finished - rollout.ReportedResults >= Math.Max(1, tally.Hosts / SnapshotsPerStep);
        if (rollout.HasNews)
        {
            rollout.ReportedResults = tally.Finished;
        }
    }

    /// <summary>Whether the hosts were changed while this message is handled: the database does not know of it.</summary>
    private bool IsChanged => store.ChangeTracker.Entries<RolloutHost>().Any(row => row.State == EntityState.Modified);

    private async Task<StepTally> CountAsync(RolloutState rollout, CancellationToken cancellation)
    {
        var counts = await store
            .Hosts.Where(row => row.RolloutId == rollout.CorrelationId && row.Step == rollout.Step)
            .GroupBy(row => new { row.State, row.IsUnreachable })
            .Select(group => new
            {
                group.Key.State,
                group.Key.IsUnreachable,
                Hosts = group.Count(),
            })
            .ToListAsync(cancellation);
        return new StepTally
        {
            Hosts = counts.Where(x => x.State != StageState.Skipped).Sum(x => x.Hosts),
            Succeeded = counts.Where(x => x.State == StageState.Succeeded).Sum(x => x.Hosts),
            Failed = counts.Where(x => x.State == StageState.Failed).Sum(x => x.Hosts),
            Unreachable = counts.Where(x => x.State == StageState.Failed && x.IsUnreachable).Sum(x => x.Hosts),
        };
    }
}
