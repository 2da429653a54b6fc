using Canary.Contracts.Releases;
using Canary.Failures;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Canary.Ingress.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Polling;

/// <summary>
/// One look at a repository: what a branch is at and nothing has announced goes the way that webhooks go. Where the branches are is
/// recorded after what they lead to, so that a look that is broken off is repeated, and what it began already is known then.
/// </summary>
internal sealed class RepositoryLook(
    IngressStore store,
    IEnumerable<IBranchReader> readers,
    RepositoryIds ids,
    PushReader reader,
    PushAdmission admission,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<RepositoryLook> logger
)
{
    /// <summary>Of a repository that somebody brings in with a thousand branches, the next look takes the next ones.</summary>
    private const int MostChanges = 50;

    private static readonly string Nothing = new('0', 40);

    /// <summary>Looks.</summary>
    /// <returns>Whether it could be read; if not, why is recorded.</returns>
    public async Task<bool> LookAsync(KnownRepository repository, CancellationToken cancellation)
    {
        var row = await RowAsync(repository, cancellation);
        try
        {
            await LookAsync(repository, row, cancellation);
            if (row.Problem is not null)
            {
                logger.LogInformation("The repository {Repository} can be read again", repository.Name);
            }

            (row.LookedAt, row.Problem, row.Remedy, row.FailingSince) = (time.GetUtcNow(), null, null, null);
        }
        catch (CanaryException e)
        {
            if (row.Problem is null)
            {
                logger.LogWarning(
                    "The repository {Repository} cannot be looked at: {Reason}",
                    repository.Name,
                    e.Message
                );
            }

            (row.Problem, row.Remedy, row.FailingSince) = (e.Message, e.Remedy, row.FailingSince ?? time.GetUtcNow());
        }

        row.Revision++;
        await store.SaveChangesAsync(cancellation);
        return row.Problem is null;
    }

    private async Task LookAsync(KnownRepository repository, LookedAtRow row, CancellationToken cancellation)
    {
        var deadline = new LookDeadline(repository, options.CurrentValue.Polling.Timeout, time);
        var now = await deadline.WithinAsync(
            inTime => ReaderOf(repository).HeadsAsync(repository, inTime),
            cancellation
        );
        if (now.Identity is { } identity)
        {
            await ids.KeepAsync(repository, identity, cancellation);
        }

        if (now.Heads.Count == 0)
        {
            ThrowIfItHadSome(repository, row);
            return;
        }

        var deploying =
            repository.Branch
            ?? now.DefaultBranch
            ?? throw new CanaryException(
                IngressCodes.BranchUnknown,
                $"'{repository.Name}' does not say which branch is its default.",
                "Name the branch that deploys: branch, in the entry of ingress.repositories."
            );
        var seen = row.Heads is { } heads ? new Dictionary<string, string>(heads, StringComparer.Ordinal) : [];
        var changes = HeadChange
            .Between(seen, now, deploying)
            .Where(change => row.Heads is not null || (repository.ReleasesAtFirstLook && change.Branch == deploying))
            .ToList();
        var taken = 0;
        try
        {
            foreach (var change in changes.Take(MostChanges).TakeWhile(_ => taken == 0 || !deadline.HasPassed))
            {
                await TakeAsync(repository, change, deploying, row, deadline, cancellation);
                taken++;
            }
        }
        catch (CanaryException) when (taken > 0 && deadline.HasPassed)
        {
            // There was no time left for it; the next look begins with it.
        }
        finally
        {
            if (taken > 0 || changes.Count == 0)
            {
                row.Heads = Decided(now, changes.Skip(taken));
            }
        }
    }

    /// <summary>Where the branches are; those that are left for later, where they were.</summary>
    private static Dictionary<string, string> Decided(BranchHeads now, IEnumerable<HeadChange> left)
    {
        var later = left.ToDictionary(change => change.Branch, change => change.Before, StringComparer.Ordinal);
        return now
            .Heads.Select(head => (head.Key, Value: later.TryGetValue(head.Key, out var before) ? before : head.Value))
            .Where(head => head.Value is not null)
            .ToDictionary(head => head.Key, head => head.Value!, StringComparer.Ordinal);
    }

    /// <summary>git takes the page of a portal for a repository without branches. Believed, it would make all of them new.</summary>
    private static void ThrowIfItHadSome(KnownRepository repository, LookedAtRow row)
    {
        if (row.Heads is { Count: > 0 } heads)
        {
            throw new CanaryException(
                IngressCodes.RepositoryEmpty,
                $"'{repository.Name}' shows no branch any more, and had {heads.Count}.",
                "See that something else does not answer at its address: a proxy, a portal, another server."
            );
        }
    }

    private async Task TakeAsync(
        KnownRepository repository,
        HeadChange change,
        string deploying,
        LookedAtRow row,
        LookDeadline deadline,
        CancellationToken cancellation
    )
    {
        var reading = Read(repository, change, deploying, commit: null);
        if (reading is PushReading.Accepted undescribed)
        {
            if (await IsNewestAsync(undescribed.Push, cancellation))
            {
                return;
            }

            reading = Read(
                repository,
                change,
                deploying,
                await DescribeAsync(repository, change, deadline, cancellation)
            );
        }

        switch (reading)
        {
            case PushReading.Accepted accepted:
                await AdmitAsync(repository, accepted.Push, row, cancellation);
                break;

            case PushReading.Ignored ignored:
                if (ignored.Code != IngressCodes.OtherBranch)
                {
                    Note(row, ignored.Reason);
                }

                break;

            case PushReading.Refused refused:
                Refuse(repository, row, refused.Detail);
                break;

            default:
                throw new InvalidOperationException("A push is accepted, ignored or refused.");
        }
    }

    private PushReading Read(
        KnownRepository repository,
        HeadChange change,
        string deploying,
        DescribedCommit? commit
    ) =>
        reader.Read(
            repository,
            new PushPayload
            {
                Ref = $"refs/heads/{change.Branch}",
                Before = change.Before ?? Nothing,
                After = change.Commit,
                HasCommits = true,
                HeadCommit = new CommitPayload { Id = change.Commit, Message = commit?.Message },
                Repository = new RepositoryPayload
                {
                    FullName = repository.Name,
                    CloneUrl = repository.CloneAddress,
                    DefaultBranch = deploying,
                },
                Pusher = new PersonPayload { Name = commit?.Author },
            }
        );

    /// <summary>A title is nice to have; where its message decides, there is no release without it.</summary>
    private async Task<DescribedCommit?> DescribeAsync(
        KnownRepository repository,
        HeadChange change,
        LookDeadline deadline,
        CancellationToken cancellation
    )
    {
        try
        {
            return await deadline.WithinAsync(
                inTime => ReaderOf(repository).DescribeAsync(repository, change.Branch, change.Commit, inTime),
                cancellation
            );
        }
        catch (CanaryException e) when (!repository.SkipsMarked)
        {
            logger.LogDebug(e, "The commit {Commit} is released without its title", change.Commit);
            return null;
        }
    }

    /// <summary>The first that can: git can always.</summary>
    private IBranchReader ReaderOf(KnownRepository repository) => readers.First(reader => reader.Reads(repository));

    private async Task AdmitAsync(
        KnownRepository repository,
        PushDraft push,
        LookedAtRow row,
        CancellationToken cancellation
    )
    {
        if (await IsNewestAsync(push, cancellation))
        {
            return;
        }

        try
        {
            var admitted = await admission.AdmitAsync(push, delivery: null, cancellation);
            IngressMeters.CountPush("polling", admitted.IsNew ? "accepted" : "duplicate");
            if (admitted.IsNew)
            {
                logger.LogInformation(
                    "{Repository} is at {Commit} on {Branch}, which no webhook has announced: release {Release}",
                    repository.Name,
                    push.Source.Commit,
                    push.Source.Branch,
                    admitted.ReleaseId
                );
            }
        }
        catch (CanaryException e)
        {
            Refuse(repository, row, e.Message);
        }
    }

    /// <summary>What the webhook has announced already needs no question to the repository, or it comes while that is asked.</summary>
    private async Task<bool> IsNewestAsync(PushDraft push, CancellationToken cancellation)
    {
        var id = ReleaseId.Of(push.Application, push.Source.Commit, push.Deploys);
        var newest = await store
            .Releases.Where(release => release.Application == push.Application)
            .OrderByDescending(release => release.Arrival)
            .Select(release => new { release.Id, release.Commit })
            .FirstOrDefaultAsync(cancellation);
        return newest is not null
            && newest.Commit == push.Source.Commit
            && (newest.Id == id || await store.Releases.AnyAsync(release => release.Id == id, cancellation));
    }

    private void Refuse(KnownRepository repository, LookedAtRow row, string reason)
    {
        IngressMeters.CountPush("polling", "refused");
        logger.LogWarning("Refused a push found in {Repository}: {Reason}", repository.Name, reason);
        Note(row, reason);
    }

    private void Note(LookedAtRow row, string reason) =>
        (row.NotReleased, row.NotReleasedAt) = (reason, time.GetUtcNow());

    private async Task<LookedAtRow> RowAsync(KnownRepository repository, CancellationToken cancellation)
    {
        if (await store.LookedAt.FindAsync([repository.Key], cancellation) is { } row)
        {
            return row;
        }

        row = new LookedAtRow { Id = repository.Key };
        store.LookedAt.Add(row);
        return row;
    }
}
