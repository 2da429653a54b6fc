using Canary.Contracts.Releases;
using Canary.Hosting;
using Canary.Hosting.Messaging;
using Canary.Ingress.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Releases;

/// <summary>What became of a push.</summary>
internal readonly record struct Admission(Guid ReleaseId, bool IsNew);

/// <summary>
/// Makes a push durable, once: the row that remembers it and the event that starts its release are one commit. A push is
/// known again by its delivery and by its commit, so neither a repeated delivery nor a re-sent commit makes a second release.
/// </summary>
internal sealed class PushAdmission(
    IngressStore store,
    IOutbox<IngressStore> outbox,
    TimeProvider time,
    IOptionsMonitor<IngressOptions> options
)
{
    /// <summary>Repeats of one push at the same moment wait for each other, so that only the first one writes.</summary>
    private static readonly SemaphoreSlim[] Places = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <param name="push">The checked push.</param>
    /// <param name="delivery">Id of the webhook delivery; <c>null</c> for a manual run.</param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    /// <param name="run">Which release of the commit this is, from 1.</param>
    /// <exception cref="CanaryException"><c>application-taken</c>: another repository has the application.</exception>
    public async Task<Admission> AdmitAsync(
        PushDraft push,
        string? delivery,
        CancellationToken cancellationToken,
        int run = 1
    )
    {
        var id = ReleaseId.Of(push.Application, push.Source.Commit, push.Deploys, run);
        var place = Places[(uint)id.GetHashCode() % Places.Length];
        await place.WaitAsync(cancellationToken);
        try
        {
            return await AdmitOnceAsync(push, id, delivery, run, cancellationToken);
        }
        finally
        {
            place.Release();
        }
    }

    private async Task<Admission> AdmitOnceAsync(
        PushDraft push,
        Guid id,
        string? delivery,
        int run,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(id, delivery, cancellationToken) is { } known)
        {
            return new Admission(known, IsNew: false);
        }

        await CheckApplicationAsync(push, cancellationToken);
        Record(push, id, delivery, run);
        try
        {
            await store.SaveChangesAsync(cancellationToken);
            return new Admission(id, IsNew: true);
        }
        catch (DbUpdateException)
        {
            // Two of the same at the same moment, on two hosts: the other one was first.
            store.ChangeTracker.Clear();
            if (await FindAsync(id, delivery, cancellationToken) is { } other)
            {
                return new Admission(other, IsNew: false);
            }

            throw;
        }
    }

    private void Record(PushDraft push, Guid id, string? delivery, int run)
    {
        var now = time.GetUtcNow();
        var received = new PushReceived
        {
            ReleaseId = id,
            Application = push.Application,
            Source = push.Source,
            Before = push.Before,
            Deploys = push.Deploys,
            Pusher = push.Pusher,
            Title = push.Title,
            CompareUrl = push.CompareUrl,
            ReceivedAt = now,
        };
        var row = ReleaseRow.For(received, run, now);
        row.PublishAt = now + options.CurrentValue.RepublishAfter;
        row.Published = 1;
        store.Releases.Add(row);
        if (delivery is not null)
        {
            store.Deliveries.Add(
                new DeliveryRow
                {
                    Id = delivery,
                    ReleaseId = id,
                    ReceivedAt = now,
                }
            );
        }

        outbox.Publish(received);
    }

    private async Task<Guid?> FindAsync(Guid id, string? delivery, CancellationToken cancellationToken)
    {
        if (await store.Releases.AnyAsync(x => x.Id == id, cancellationToken))
        {
            return id;
        }

        return delivery is null
            ? null
            : await store
                .Deliveries.Where(x => x.Id == delivery)
                .Select(x => (Guid?)x.ReleaseId)
                .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Two repositories of one name would deploy over each other.</summary>
    private async Task CheckApplicationAsync(PushDraft push, CancellationToken cancellationToken)
    {
        if (push.IsApplicationChosen)
        {
            return;
        }

        // A manual run from a path or an address claims nothing.
        var owner = await store
            .Releases.Where(x => x.Application == push.Application)
            .Where(x => !EF.Functions.Like(x.Repository, "/%") && !EF.Functions.Like(x.Repository, "%:%"))
            .OrderByDescending(x => x.ReceivedAt)
            .Select(x => x.Repository)
            .FirstOrDefaultAsync(cancellationToken);
        if (owner is not null && !owner.Equals(push.Source.Repository, StringComparison.OrdinalIgnoreCase))
        {
            throw new CanaryException(
                "application-taken",
                $"The application '{push.Application}' of {push.Source.Repository} belongs to {owner}.",
                $"Give {push.Source.Repository} an application of its own under ingress.repositories; or name it there with "
                    + $"'application: {push.Application}' if it takes the place of {owner}."
            );
        }
    }
}
