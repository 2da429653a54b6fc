using Canary.Deployer.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Gates;

/// <summary>Whether windows and freezes let a rollout go on now. The wall clock is the subject here, and is looked at anew each time: one
/// that jumps opens or closes a gate a little early or late, and loses nothing.</summary>
internal sealed class Gatekeeper(DeployerStore store, IOptionsMonitor<DeployerOptions> options, TimeProvider time)
{
    /// <summary>What holds the rollout; <c>null</c>: nothing.</summary>
    public async Task<GateHold?> LookAsync(RolloutState rollout, CancellationToken cancellation)
    {
        if (rollout.Gates is { GoesBack: true } or { Override: not null })
        {
            return null;
        }

        var now = time.GetUtcNow();
        var freezes = await FreezesAsync(rollout.Application, cancellation);
        var freeze = freezes
            .Where(it => it.IsOn(now))
            .OrderByDescending(it => it.Until ?? DateTimeOffset.MaxValue)
            .FirstOrDefault();
        if (freeze is not null)
        {
            return new GateHold(freeze, null, null);
        }

        var closed = WindowsOf(rollout).FirstOrDefault(windows => !windows.Any(window => window.IsOpen(now)));
        return closed is null
            ? null
            : new GateHold(null, string.Join("; ", closed), closed.Min(window => window.NextOpening(now)));
    }

    /// <summary>Those of the configuration and those of the commit: both must let it pass.</summary>
    private IEnumerable<List<DeploymentWindow>> WindowsOf(RolloutState rollout)
    {
        var own = options.CurrentValue.Applications.FirstOrDefault(it => it.Name == rollout.Application)?.Windows;
        return new IEnumerable<string>[] { own ?? options.CurrentValue.Windows, rollout.Plan.Windows ?? [] }
            .Where(windows => windows.Any())
            .Select(windows => windows.Select(DeploymentWindow.Parse).ToList());
    }

    private async Task<List<ActiveFreeze>> FreezesAsync(string application, CancellationToken cancellation)
    {
        var book = await store
            .FreezeBooks.AsNoTracking()
            .SingleOrDefaultAsync(it => it.Id == FreezeBook.Only, cancellation);
        var own = options.CurrentValue.Applications.FirstOrDefault(it => it.Name == application)?.Freezes ?? [];
        return
        [
            .. (book?.Freezes ?? [])
                .Where(it => it.Application is null || it.Application == application)
                .Select(it => new ActiveFreeze(it.From, it.Until, it.Reason, it.By, it.Id)),
            .. options
                .CurrentValue.Freezes.Concat(own)
                .Select(it => new ActiveFreeze(
                    it.From ?? DateTimeOffset.MinValue,
                    it.Until,
                    it.Reason,
                    "the configuration",
                    null
                )),
        ];
    }
}

/// <summary>What holds a rollout: a freeze, or windows that are closed and when the next of them opens.</summary>
internal sealed record GateHold(ActiveFreeze? Freeze, string? Windows, DateTimeOffset? OpensAt);

/// <summary>A freeze, wherever it was set.</summary>
/// <param name="Id">Which one, if a person can remove it.</param>
internal sealed record ActiveFreeze(DateTimeOffset From, DateTimeOffset? Until, string Reason, string By, Guid? Id)
{
    public bool IsOn(DateTimeOffset now) => From <= now && !(Until <= now);
}
