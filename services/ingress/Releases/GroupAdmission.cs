using System.Diagnostics;
using Canary.Contracts.Releases;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Ingress.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Releases;

/// <summary>
/// Admits pushes in one commit: for each, the row that remembers it and the event that starts its release. A push is known
/// again by its delivery and by its commit, so neither a repeated delivery nor a re-sent commit makes a second release.
/// Nobody is answered before the commit.
/// </summary>
internal sealed class GroupAdmission(
    IngressStore store,
    IGroupCommit<IngressStore> commit,
    KnownApplications applications,
    ReleaseFeed feed,
    TimeProvider time,
    IOptionsMonitor<IngressOptions> options
)
{
    /// <summary>Owners of applications as this group finds and makes them; <c>null</c>: nobody.</summary>
    private readonly Dictionary<string, string?> _owners = [];
    private readonly List<Candidate> _admitted = [];
    private readonly List<(Candidate Candidate, Guid Release)> _known = [];
    private readonly List<(Candidate Candidate, CanaryException Reason)> _refused = [];
    private bool _forwards;
    private readonly Dictionary<string, long> _lastNumbers = [];
    private long _lastArrival;

    public async Task AdmitAsync(IReadOnlyList<Candidate> group)
    {
        await FindLastNumbersAsync(group);
        var (releases, deliveries) = await KnownAsync(group);
        foreach (var candidate in group)
        {
            if (Find(candidate) is { } release)
            {
                _known.Add((candidate, release));
            }
            else if (await FaultOfAsync(candidate.Push) is { } reason)
            {
                _refused.Add((candidate, reason));
            }
            else
            {
                Record(candidate);
                releases.Add(candidate.Id);
                if (candidate.Delivery is { } delivery)
                {
                    deliveries[delivery] = candidate.Id;
                }
            }
        }

        await CommitAsync();
        _admitted.ForEach(candidate => candidate.Admit(candidate.Id, isNew: true));
        _known.ForEach(it => it.Candidate.Admit(it.Release, isNew: false));
        _refused.ForEach(it => it.Candidate.Fail(it.Reason));

        Guid? Find(Candidate it) =>
            releases.Contains(it.Id) ? it.Id
            : it.Delivery is { } id && deliveries.TryGetValue(id, out var release) ? release
            : null;
    }

    /// <summary>Those of the group that are there already, and the newest of all: one question, since every push waits for its
    /// answer.</summary>
    private async Task<(HashSet<Guid> Releases, Dictionary<string, Guid> Deliveries)> KnownAsync(
        IReadOnlyList<Candidate> group
    )
    {
        var ids = group.Select(candidate => candidate.Id).ToList();
        var names = group.Select(candidate => candidate.Delivery).OfType<string>().ToList();
        var known = await store
            .Releases.Where(x => ids.Contains(x.Id))
            .Concat(store.Releases.OrderByDescending(x => x.Arrival).Take(1))
            .Select(x => new
            {
                Release = x.Id,
                Delivery = (string?)null,
                x.Arrival,
            })
            .Concat(
                store
                    .Deliveries.Where(x => names.Contains(x.Id))
                    .Select(x => new
                    {
                        Release = x.ReleaseId,
                        Delivery = (string?)x.Id,
                        Arrival = 0L,
                    })
            )
            .ToListAsync();
        _lastArrival = known.Select(it => it.Arrival).DefaultIfEmpty().Max();
        return (
            [.. known.Where(it => it.Delivery is null).Select(it => it.Release)],
            known.Where(it => it.Delivery is not null).ToDictionary(it => it.Delivery!, it => it.Release)
        );
    }

    private async Task FindLastNumbersAsync(IReadOnlyList<Candidate> group)
    {
        List<string> forgotten = [];
        foreach (var application in group.Select(candidate => candidate.Push.Application).Distinct())
        {
            if (applications.LastNumberOf(application) is { } number)
            {
                _lastNumbers[application] = number;
            }
            else
            {
                forgotten.Add(application);
            }
        }

        if (forgotten.Count == 0)
        {
            return;
        }

        var numbers = await store
            .Releases.Where(x => forgotten.Contains(x.Application))
            .GroupBy(x => x.Application)
            .Select(releases => new { Application = releases.Key, Number = releases.Max(x => x.Number) })
            .ToDictionaryAsync(it => it.Application, it => it.Number);
        foreach (var application in forgotten)
        {
            _lastNumbers[application] = numbers.GetValueOrDefault(application);
            applications.Remember(application, _lastNumbers[application]);
        }
    }

    private void Record(Candidate candidate)
    {
        var (push, now) = (candidate.Push, time.GetUtcNow());
        var received = new PushReceived
        {
            ReleaseId = candidate.Id,
            Application = push.Application,
            IsApplicationConfigured = push.IsApplicationConfigured,
            Source = push.Source,
            Upload = push.Upload,
            Before = push.Before,
            Deploys = push.Deploys,
            IsRequested = push.IsRequested,
            Promotes = push.Promotes,
            SkipsPreDeploy = push.SkipsPreDeploy,
            After = _lastNumbers[push.Application],
            Pusher = push.Pusher,
            Author = push.Author,
            Title = push.Title,
            CompareUrl = push.CompareUrl,
            ReceivedAt = now,
        };
        var row = ReleaseRow.For(received, candidate.Run, now);
        row.Arrival = ++_lastArrival;
        row.PublishAt = now + options.CurrentValue.RepublishAfter;
        row.Published = 1;
        commit.Add(row);
        if (candidate.Delivery is { } delivery)
        {
            commit.Add(
                new DeliveryRow
                {
                    Id = delivery,
                    ReleaseId = candidate.Id,
                    ReceivedAt = now,
                }
            );
        }

        Activity.Current = candidate.Request;
        commit.Publish(received);
        Activity.Current = null;
        _admitted.Add(candidate);
        if (ClaimsApplication(push.Source.Repository))
        {
            _owners[push.Application] = push.Source.Repository;
        }
    }

    /// <summary>Two repositories of one name would deploy over each other.</summary>
    private async Task<CanaryException?> FaultOfAsync(PushDraft push)
    {
        var repository = push.Source.Repository;
        if (push.IsApplicationChosen)
        {
            return null;
        }

        if (!_owners.TryGetValue(push.Application, out var owner))
        {
            if (applications.IsOwner(repository, push.Application))
            {
                return null;
            }

            _owners[push.Application] = owner = await OwnerAsync(push.Application);
        }

        return owner is null || owner.Equals(repository, StringComparison.OrdinalIgnoreCase)
            ? null
            : new CanaryException(
                IngressCodes.ApplicationTaken,
                $"The application '{push.Application}' of {repository} belongs to {owner}.",
                $"Give {repository} an application of its own under ingress.repositories; or name it there with "
                    + $"'application: {push.Application}' if it takes the place of {owner}."
            );
    }

    private Task<string?> OwnerAsync(string application) =>
        store
            .Releases.Where(x => x.Application == application)
            .Where(x => !EF.Functions.Like(x.Repository, "/%") && !EF.Functions.Like(x.Repository, "%:%"))
            .OrderByDescending(x => x.Arrival)
            .Select(x => x.Repository)
            .FirstOrDefaultAsync();

    /// <summary>A manual run from a path or an address claims nothing.</summary>
    private static bool ClaimsApplication(string repository) =>
        !repository.StartsWith('/') && !repository.Contains(':');

    /// <summary>Passes a known push on once more, until it is known to be taken in: the branch may have been set back to its
    /// commit, and only git knows.</summary>
    private async Task ForwardKnownAsync()
    {
        var ids = _known.Where(it => !it.Candidate.Push.IsRequested).Select(it => it.Release).Distinct().ToList();
        if (ids.Count == 0)
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (var row in await store.Releases.Where(x => ids.Contains(x.Id)).ToListAsync())
        {
            if (row.Push.Deploys && row.State != ReleaseView.Received)
            {
                row.PublishAt = now + options.CurrentValue.RepublishAfter;
                row.Published = 1;
                commit.Publish(row.Push);
                _forwards = true;
            }
        }
    }

    private async Task CommitAsync()
    {
        await ForwardKnownAsync();
        if (_admitted.Count > 0 || _forwards)
        {
            await commit.CommitAsync(CancellationToken.None);
            feed.Announce([.. _admitted.Select(candidate => candidate.Id)]);
            foreach (var (application, owner) in _owners.Where(it => it.Value is not null))
            {
                applications.Remember(application, owner!);
            }
        }
    }
}
