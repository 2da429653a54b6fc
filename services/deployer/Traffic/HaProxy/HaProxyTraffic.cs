using Canary.Deployer.Hosts;
using Canary.Deployer.Rollouts;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Drains a host on every HAProxy before it is updated, and makes it ready again after. Whatever it changes is recorded first,
/// so that <see cref="HoldReconciler"/> gives it back whoever dies in between.</summary>
internal sealed class HaProxyTraffic(
    HoldEnforcement enforcement,
    HoldRecords records,
    ServerWatch watch,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<HaProxyTraffic> logger
) : ITraffic
{
    private HaProxyOptions Options => options.Value.Traffic.Haproxy;

    public async Task DrainAsync(TrafficTarget target, CancellationToken patience, CancellationToken cancellation)
    {
        var begin = time.GetTimestamp();
        var outcomes = await TakeOutAsync(target, patience, cancellation);
        foreach (var outcome in outcomes)
        {
            Tell(target, outcome);
        }

        var result =
            !Array.Exists(outcomes, outcome => outcome.Held.Count > 0) ? "not-drained"
            : await AwaitQuietAsync(target, outcomes, patience, cancellation) ? "drained"
            : "timed-out";
        DeployerMeters.RecordDrain(result, time.GetElapsedTime(begin));
    }

    public async Task ReadyAsync(TrafficTarget target, CancellationToken patience, CancellationToken cancellation)
    {
        var hold = await records.FindAsync(target.Application, target.Host.Name, cancellation);
        var share = target.IsCanary ? Options.CanaryPercentage : 100;
        if (hold is null && share == 100)
        {
            return;
        }

        foreach (var step in StepsTo(share, isDrained: hold is { IsDrained: true }))
        {
            await ShareAsync(target, step, patience, cancellation);
            if (step < share)
            {
                await watch.PauseAsync(Options.RampInterval, patience, cancellation);
            }
        }

        if (share == 100)
        {
            await enforcement.ReleaseAsync(HoldOf(target, share), cancellation);
        }
    }

    private IEnumerable<int> StepsTo(int share, bool isDrained) =>
        (isDrained ? Options.Ramp.Select(step => HostShare.Parse(step).Value) : [])
            .Where(step => step < share)
            .Append(share);

    /// <summary>Waits for the host's turn, and drains it wherever it may be drained.</summary>
    private async Task<Outcome[]> TakeOutAsync(
        TrafficTarget target,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        var hold = HoldOf(target, share: 0);
        var begin = time.GetTimestamp();
        for (var isFirst = true; ; isFirst = false)
        {
            await using (await enforcement.LockAsync(target.Application, cancellation))
            {
                var outcomes = await enforcement.PlanAsync(hold, target.Host, cancellation);
                var waits = Array.Exists(outcomes, outcome => outcome.Plan is { IsTurnComing: true });
                if (!waits || patience.IsCancellationRequested || time.GetElapsedTime(begin) >= Options.TurnTimeout)
                {
                    await records.PutAsync(hold, cancellation);
                    await enforcement.ApplyAsync(outcomes, cancellation);
                    return outcomes;
                }
            }

            if (isFirst)
            {
                HostLogs.Here?.Say("HAProxy: waiting until other hosts are ready again");
            }

            await watch.PauseAsync(ServerWatch.Pause, patience, cancellation);
        }
    }

    private async Task ShareAsync(
        TrafficTarget target,
        int share,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        var hold = HoldOf(target, share);
        Outcome[] outcomes;
        await using (await enforcement.LockAsync(target.Application, cancellation))
        {
            await records.PutAsync(hold, cancellation);
            outcomes = await enforcement.PlanAsync(hold, target.Host, cancellation);
            await enforcement.ApplyAsync(outcomes, cancellation);
        }

        foreach (var outcome in outcomes)
        {
            Tell(target, outcome, share);
        }

        if (!target.IsRemoval)
        {
            await AwaitUpAsync(target, outcomes, patience, cancellation);
        }
    }

    /// <returns>Whether it has no connections any more.</returns>
    private async Task<bool> AwaitQuietAsync(
        TrafficTarget target,
        Outcome[] outcomes,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        var open = await watch.QuietAsync(outcomes, Options.DrainTimeout, patience, cancellation);
        if (open > 0)
        {
            Say(target, $"{target.Host.Name} still has {open} connections after {Options.DrainTimeout}");
        }

        return open == 0;
    }

    /// <summary>HAProxy looks for itself whether a server answers; before it is content, the next host is not to be taken out.</summary>
    private async Task AwaitUpAsync(
        TrafficTarget target,
        Outcome[] outcomes,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        var down = await watch.UpAsync(target.Host, outcomes, Options.ReadyTimeout, patience, cancellation);
        if (down.Count > 0)
        {
            Say(target, $"{target.Host.Name} is ready, and down by HAProxy's own checks in {string.Join(", ", down)}");
        }
    }

    private static TrafficHold HoldOf(TrafficTarget target, int share) =>
        new()
        {
            Application = target.Application,
            Host = target.Host.Name,
            RolloutId = target.Rollout,
            Share = share,
        };

    private void Tell(TrafficTarget target, Outcome outcome, int share = 0)
    {
        foreach (var problem in outcome.Problems)
        {
            Say(target, problem.Message);
        }

        if (outcome.Plan is not { } plan)
        {
            return;
        }

        foreach (var server in plan.Needed)
        {
            Say(target, $"{server} is not drained at {outcome.Instance.Name}: too few others are ready");
        }

        if (!plan.IsKnown)
        {
            Say(
                target,
                $"{outcome.Instance.Name} knows no server of {Options.BackendOf(target.Application)} that is {target.Host.Name}"
            );
        }

        if (plan.Held.Count > 0)
        {
            var state = share switch
            {
                0 => "drained",
                100 => "ready",
                _ => $"ready with {share}% of its weight",
            };
            HostLogs.Here?.Say($"HAProxy at {outcome.Instance.Name}: {string.Join(", ", plan.Held)}: {state}");
        }
    }

    private void Say(TrafficTarget target, string problem)
    {
        HostLogs.Here?.Say($"HAProxy: {problem}");
        logger.LogWarning("{Host} of {Application}: {Problem}", target.Host.Name, target.Application, problem);
    }
}
