using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.CiCoordinator.Releases;

/// <summary>Whether what pushes lead to is rolled out by itself, or waits until a person resumes it.</summary>
internal sealed class Holds(ReleaseStore store, Lanes lanes, TimeProvider time, StoreClock clock)
{
    private const int Announcements = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);

    /// <summary>Notes in the release what it waits for; nothing, if it may be rolled out. What a person asked for is not
    /// held.</summary>
    public async Task JudgeAsync(BehaviorContext<ReleaseState> context)
    {
        var release = context.Saga;
        var lane = release.Push.IsRequested
            ? null
            : await store.Lanes.FindAsync([release.Push.Application], context.CancellationToken);
        release.WaitingFor = lane?.Hold is { } hold
            ? $"deployments of {release.Push.Application} to be resumed: {hold.By} holds them"
                + (hold.Reason is { Length: > 0 } reason ? $" ({reason})" : "")
                + $". Resume them: canary apps resume {release.Push.Application}"
            : null;
    }

    public async Task HoldAsync(string application, string by, string? reason, ConsumeContext context)
    {
        var lane = await lanes.OfAsync(application, context.CancellationToken);
        lane.Change(
            new Hold
            {
                By = by,
                Reason = reason,
                Since = lane.Hold?.Since ?? time.GetUtcNow(),
            }
        );
        await AnnounceAsync(lane, Announcements, context);
    }

    public async Task ResumeAsync(string application, ConsumeContext context)
    {
        var lane = await lanes.OfAsync(application, context.CancellationToken);
        lane.Change(hold: null);
        await AnnounceAsync(lane, Announcements, context);
        var held = await store
            .Releases.AsNoTracking()
            .Where(x => x.CurrentState == ReleaseStates.Held)
            .ToListAsync(context.CancellationToken);
        foreach (var release in held.Where(x => x.Push.Application == application))
        {
            await context.SendCommand(new ContinueRelease { ReleaseId = release.CorrelationId });
        }
    }

    /// <summary>Says again how it is, unless it has changed meanwhile: who reads it may have lost the last time.</summary>
    public async Task AnnounceAgainAsync(AnnounceHold announcement, ConsumeContext context)
    {
        var lane = await store.Lanes.FindAsync([announcement.Application], context.CancellationToken);
        if (lane?.HoldRevision == announcement.Revision)
        {
            await AnnounceAsync(lane, announcement.Left, context);
        }
    }

    private async Task AnnounceAsync(Lane lane, int left, ConsumeContext context)
    {
        await context.Publish(
            new ApplicationHoldChanged
            {
                Application = lane.Application,
                Revision = lane.HoldRevision,
                Hold = lane.Hold,
            },
            context.CancellationToken
        );
        if (left > 0)
        {
            var next = new AnnounceHold
            {
                Application = lane.Application,
                Revision = lane.HoldRevision,
                Left = left - 1,
            };
            await context.ScheduleSend(
                Queues.AddressOf(typeof(AnnounceHold)),
                (clock.Now + (FirstPause * Math.Pow(4, Announcements - left))).UtcDateTime,
                next
            );
        }
    }
}
