using System.Linq.Expressions;
using Canary.Contracts.Releases;
using Canary.Hosting.Http;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Releases;

/// <summary>A release that was asked for: found, or the answer that says why not.</summary>
internal readonly record struct Lookup(ReleaseRow? Release, ProblemHttpResult? Problem);

/// <summary>Reads releases for people.</summary>
internal sealed class ReleaseQueries(IngressStore store)
{
    public const int DefaultLimit = 50;

    public const int LargestLimit = 500;

    private const string Latest = "latest";

    private const int ShortestPrefix = 4;

    /// <summary>The states in which a release has no place yet.</summary>
    private static readonly string[] Waiting = [ReleaseView.Received, ReleaseStates.Admitting];

    /// <param name="application">Only its releases; <c>null</c>: all.</param>
    /// <param name="states">Only releases that it lets through; <c>null</c>: all.</param>
    /// <param name="before">The page begins after this place; <c>null</c>: with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ReleaseList> ListAsync(
        string? application,
        StateFilter? states,
        PageCursor? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var releases = store.Releases.AsNoTracking().Where(x => x.ForgottenAt == null);
        if (application is not null)
        {
            releases = releases.Where(x => x.Application == application);
        }

        if (states is not null)
        {
            releases = states.Apply(releases, store.Rollouts);
        }

        if (before is { } place)
        {
            // The first condition alone is one that an index answers.
            releases = releases.Where(x =>
                x.Arrival <= place.Arrival && (x.Arrival < place.Arrival || string.Compare(x.Key, place.Key) < 0)
            );
        }

        var size = Math.Clamp(limit, 1, LargestLimit);
        // One more than is shown tells whether there is another page.
        var rows = await releases
            .OrderByDescending(x => x.Arrival)
            .ThenByDescending(x => x.Key)
            .Take(size + 1)
            .ToListAsync(cancellationToken);
        var shown = rows.Take(size).ToList();
        return new ReleaseList(
            await ViewAsync(shown, cancellationToken),
            rows.Count > size ? PageCursor.After(shown[^1]).ToString() : null
        );
    }

    /// <summary>The newest release of every application, by name.</summary>
    public async Task<IReadOnlyList<ReleaseView>> NewestOfEachAsync(CancellationToken cancellationToken)
    {
        // The numbers come from an index alone, and only the rows that are shown are read.
        var newest = store
            .Releases.GroupBy(x => x.Application)
            .Select(group => new { Application = group.Key, Number = group.Max(x => x.Number) });
        var rows = await store
            .Releases.AsNoTracking()
            .Join(
                newest.Where(it => it.Number > 0),
                release => new { release.Application, release.Number },
                other => new { other.Application, other.Number },
                (release, _) => release
            )
            .ToListAsync(cancellationToken);
        var undeployed = await newest
            .Where(it => it.Number == 0)
            .Select(it => it.Application)
            .ToListAsync(cancellationToken);
        rows.AddRange(await NewestWithoutNumberAsync(undeployed, cancellationToken));
        return await ViewAsync(
            [
                .. rows.GroupBy(x => x.Application)
                    .Select(same => same.MaxBy(x => x.Key, StringComparer.Ordinal)!)
                    .OrderBy(x => x.Application, StringComparer.Ordinal),
            ],
            cancellationToken
        );
    }

    /// <summary>Where nothing was deployed yet there are no numbers, and the order of arrival stands in for them.</summary>
    private async Task<List<ReleaseRow>> NewestWithoutNumberAsync(
        List<string> applications,
        CancellationToken cancellationToken
    )
    {
        if (applications.Count == 0)
        {
            return [];
        }

        var newest = store
            .Releases.Where(x => applications.Contains(x.Application))
            .GroupBy(x => x.Application)
            .Select(group => new { Application = group.Key, Arrival = group.Max(x => x.Arrival) });
        return await store
            .Releases.AsNoTracking()
            .Join(
                newest,
                release => new { release.Application, release.Arrival },
                other => new { other.Application, other.Arrival },
                (release, _) => release
            )
            .ToListAsync(cancellationToken);
    }

    /// <summary>The newest release of an application: one that waits for its place, else the one whose place is the
    /// last.</summary>
    public async Task<ReleaseView> LatestAsync(string application, CancellationToken cancellationToken) =>
        await ViewAsync((await NewestAsync(application, x => true, 1, cancellationToken))[0], cancellationToken);

    /// <summary>The releases of these ids, in the order of their changes.</summary>
    public async Task<IReadOnlyList<Snapshot>> SnapshotsAsync(
        Expression<Func<ReleaseRow, bool>> which,
        CancellationToken cancellationToken
    )
    {
        var rows = await store
            .Releases.AsNoTracking()
            .Where(which)
            .OrderBy(x => x.ChangedAt)
            .ToListAsync(cancellationToken);
        var rollouts = await RolloutsAsync(rows, cancellationToken);
        return [.. rows.Select(row => new Snapshot(row, rollouts.GetValueOrDefault(row.Id)))];
    }

    public async Task<ReleaseView> ViewAsync(ReleaseRow row, CancellationToken cancellationToken) =>
        (await ViewAsync([row], cancellationToken))[0];

    /// <summary>Finds a release by its id, the beginning of it, <c>APP@COMMIT</c>, <c>APP@latest</c> or <c>latest</c>.
    /// </summary>
    public async Task<Lookup> FindAsync(string reference, CancellationToken cancellationToken)
    {
        if (reference == Latest)
        {
            return Newest(await NewestAsync(_ => true, 1, cancellationToken), reference);
        }

        var at = reference.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            return await FindByCommitAsync(reference[..at], reference[(at + 1)..], reference, cancellationToken);
        }

        var key = reference.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        if (key.Length is < ShortestPrefix or > 32 || !GitNames.IsHex(key))
        {
            return new Lookup(
                null,
                Problems.Result(
                    StatusCodes.Status400BadRequest,
                    IngressCodes.ReleaseReferenceInvalid,
                    $"'{PlainText.Line(reference, 100)}' names no release.",
                    $"Give its id, at least the first {ShortestPrefix} digits of it, APPLICATION@COMMIT, or latest."
                )
            );
        }

        var (from, to) = (key, key + '~');
        var found = await NewestAsync(
            x => string.Compare(x.Key, from) >= 0 && string.Compare(x.Key, to) < 0,
            2,
            cancellationToken
        );
        return Unique(found, reference);
    }

    private async Task<Lookup> FindByCommitAsync(
        string application,
        string commit,
        string reference,
        CancellationToken cancellationToken
    )
    {
        if (commit is Latest)
        {
            return Newest(await NewestAsync(application, x => true, 1, cancellationToken), reference);
        }

        var (from, to) = (commit.ToLowerInvariant(), commit.ToLowerInvariant() + '~');
        if (from.Length < ShortestPrefix || !GitNames.IsHex(from))
        {
            return NotFound(reference);
        }

        var found = await NewestAsync(
            application,
            x => string.Compare(x.Commit, from) >= 0 && string.Compare(x.Commit, to) < 0,
            10,
            cancellationToken
        );

        // Several releases of one commit: the newest, a deploying one before one that was only built.
        return found.Select(x => x.Commit).Distinct().Count() > 1
            ? Unique(found, reference)
            : Newest([.. found.OrderByDescending(x => x.Push.Deploys)], reference);
    }

    private Task<List<ReleaseRow>> NewestAsync(
        string application,
        Expression<Func<ReleaseRow, bool>> which,
        int count,
        CancellationToken cancellationToken
    ) =>
        store
            .Releases.AsNoTracking()
            .Where(x => x.Application == application)
            .Where(which)
            .OrderByDescending(x => x.Number == 0 && Waiting.Contains(x.State))
            .ThenByDescending(x => x.Number)
            .ThenByDescending(x => x.Arrival)
            .Take(count)
            .ToListAsync(cancellationToken);

    private Task<List<ReleaseRow>> NewestAsync(
        Expression<Func<ReleaseRow, bool>> which,
        int count,
        CancellationToken cancellationToken
    ) =>
        store
            .Releases.AsNoTracking()
            .Where(which)
            .OrderByDescending(x => x.Arrival)
            .Take(count)
            .ToListAsync(cancellationToken);

    private async Task<IReadOnlyList<ReleaseView>> ViewAsync(
        IReadOnlyList<ReleaseRow> rows,
        CancellationToken cancellationToken
    )
    {
        var rollouts = await RolloutsAsync(rows, cancellationToken);
        return [.. rows.Select(row => ReleaseView.Of(row, rollouts.GetValueOrDefault(row.Id)))];
    }

    private async Task<Dictionary<Guid, RolloutRow>> RolloutsAsync(
        IReadOnlyList<ReleaseRow> rows,
        CancellationToken cancellationToken
    )
    {
        var ids = rows.Select(row => row.Id).ToList();
        var rollouts = await store
            .Rollouts.AsNoTracking()
            .Where(x => ids.Contains(x.ReleaseId))
            .ToListAsync(cancellationToken);
        return rollouts.GroupBy(x => x.ReleaseId).ToDictionary(x => x.Key, x => x.MaxBy(y => y.StartedAt)!);
    }

    private static Lookup Newest(List<ReleaseRow> found, string reference) =>
        found.Count == 0 ? NotFound(reference) : new Lookup(found[0], null);

    private static Lookup Unique(List<ReleaseRow> found, string reference) =>
        found.Count < 2
            ? Newest(found, reference)
            : new Lookup(
                null,
                Problems.Result(
                    StatusCodes.Status400BadRequest,
                    IngressCodes.ReleaseAmbiguous,
                    $"'{PlainText.Line(reference, 100)}' stands for several releases, among them "
                        + $"{string.Join(" and ", found.Take(2).Select(x => x.Id))}.",
                    "Give more digits."
                )
            );

    private static Lookup NotFound(string reference) =>
        new(
            null,
            Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.ReleaseUnknown,
                $"There is no release '{PlainText.Line(reference, 100)}'.",
                "See which there are: canary releases list, or GET /api/releases."
            )
        );
}

/// <summary>A release and its rollout as they were read together.</summary>
internal sealed record Snapshot(ReleaseRow Release, RolloutRow? Rollout)
{
    /// <summary>Changes with every change of what <see cref="View"/> shows; its first part orders the changes of all
    /// releases.</summary>
    public EventId EventId { get; } = new(Release.ChangedAt.UtcTicks, Release.Revision, Rollout?.Revision ?? 0);

    public ReleaseView View => ReleaseView.Of(Release, Rollout);

    /// <summary>Nothing more will come of it: also the rollout's last report, which may arrive after the release's own.
    /// </summary>
    public bool IsSettled =>
        ReleaseStates.IsFinal(Release.State)
        && (Rollout is null || Contracts.Deploying.RolloutStates.IsFinal(Rollout.State));
}
