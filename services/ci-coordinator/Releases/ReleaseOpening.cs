using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Processes.Workspaces;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Releases;

/// <summary>Opens releases that no push of their own began. Each is recorded together with the deadline that asks for its place,
/// so that none depends on a message that may be lost.</summary>
internal sealed class ReleaseOpening(
    ReleaseStore store,
    IOptions<ReleaseOptions> options,
    TimeProvider time,
    StoreClock clock
)
{
    /// <summary>The release of the branch's head: the one that it has, or a new one.</summary>
    public async Task<Guid> ReleaseOfHeadAsync(
        Lane lane,
        PushReceived push,
        CommitPosition position,
        ConsumeContext context
    )
    {
        if (lane.HeadCommit == position.Head)
        {
            return lane.HeadReleaseId!.Value;
        }
        if (lane.NewestCommit == position.Head)
        {
            lane.NewestIsHead();
            return lane.HeadReleaseId!.Value;
        }

        var first = ReleaseId.Of(push.Application, position.Head, deploys: true);
        var hasPlace = await store.Admissions.AnyAsync(x => x.ReleaseId == first, context.CancellationToken);
        if (!hasPlace && await store.Releases.AnyAsync(x => x.CorrelationId == first, context.CancellationToken))
        {
            // Its push has come, and asks for itself.
            return first;
        }
        var ofHead = push with
        {
            ReleaseId = hasPlace ? ReleaseId.Again(push.Application, position.Head, lane.LastNumber + 1) : first,
            Source = push.Source with { Commit = position.Head },
            ReceivedAt = time.GetUtcNow(),
        };
        if (position.Relation != CommitRelation.Head)
        {
            ofHead = ofHead with
            {
                Before = null,
                CompareUrl = null,
                Pusher = position.HeadAuthor ?? push.Pusher,
                Title = position.HeadTitle,
            };
        }
        var published = await PublishedAsync(push.Application, position.Head, context.CancellationToken);
        await OpenAsync(
            lane.AdmitHead(ofHead, published is null ? null : DeploymentOf(published, ofHead)),
            ofHead,
            published,
            context
        );
        return ofHead.ReleaseId;
    }

    /// <summary>Records a release that has its place, and starts it.</summary>
    /// <param name="admission">Its place.</param>
    /// <param name="push">The push that it comes from.</param>
    /// <param name="published">The release whose package it deploys; <c>null</c>: it builds its own.</param>
    /// <param name="context">The message that led to it.</param>
    public async Task OpenAsync(Admission admission, PushReceived push, ReleaseState? published, ConsumeContext context)
    {
        var askAgainAt = clock.Now + options.Value.AdmissionDeadline;
        store.Admissions.Add(admission);
        var deadline = await context.ScheduleSend(
            Queues.AddressOf(typeof(ReleaseDeadline)),
            askAgainAt.UtcDateTime,
            new ReleaseDeadline { ReleaseId = admission.ReleaseId }
        );
        store.Releases.Add(
            new ReleaseState
            {
                CorrelationId = admission.ReleaseId,
                Version = 1,
                CurrentState = ReleaseStates.Admitting,
                Push = push,
                Stages = Stages.AllPending(),
                Package = published?.Package,
                Plan = published?.Plan,
                Attempts = 1,
                DeadlineToken = deadline.TokenId,
                DeadlineAt = askAgainAt,
            }
        );
        await context.SendCommand(admission.Start(push));
    }

    /// <summary>The newest release of the commit whose package is in the repository; <c>null</c>: there is none.</summary>
    private async Task<ReleaseState?> PublishedAsync(string application, string commit, CancellationToken cancellation)
    {
        var ids = await store
            .Admissions.Where(x => x.Application == application && x.Commit == commit)
            .Select(x => x.ReleaseId)
            .ToListAsync(cancellation);
        var releases = await store
            .Releases.AsNoTracking()
            .Where(x => ids.Contains(x.CorrelationId) && x.Package != null)
            .ToListAsync(cancellation);
        return releases.Where(x => x.IsPublished).MaxBy(x => x.Number);
    }

    private static Deployment DeploymentOf(ReleaseState published, PushReceived push) =>
        new()
        {
            Of = published.Deployment?.Of ?? published.CorrelationId,
            Version = published.Package!.Version,
            By = push.Pusher,
            Reason = $"The branch {push.Source.Branch} is at this commit again.",
        };
}
