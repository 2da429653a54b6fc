using System.Collections.Concurrent;
using Canary.Durability.Locks;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.RepositoryPublisher.Indexes;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Signing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Suites;

/// <summary>
/// The one place that changes suites. Requests that arrive together share one new generation. The order is: write the
/// generation, commit the store, switch. So a crash leaves the old state or the new one, hosts never see what the store
/// does not hold, and a switch that a crash prevented is made up for at the next start.
/// </summary>
internal sealed class SuiteWriter(
    RepositoryLayout layout,
    SigningKeys keys,
    NameOwnership names,
    RepositoryWriteLock writeLock,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time,
    IServiceScopeFactory scopes
)
{
    /// <summary>Requests that share one generation at most; keeps the wait of the first one short.</summary>
    private const int LargestBatch = 256;

    /// <summary>No message is repeated later than this.</summary>
    private static readonly TimeSpan RequestRetention = TimeSpan.FromDays(90);

    /// <summary>A repository is dated a little in the past, since apt refuses what is dated in the future, and the clock of a host
    /// may be behind ours.</summary>
    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(10);

    private readonly ConcurrentQueue<Waiting> _waiting = new();
    private readonly Dictionary<string, LiveSuite> _suites = [];
    private (int Requests, DateTimeOffset? Last) _stamp;

    /// <summary>Carries a request out, once.</summary>
    /// <returns>The event that answers it. By then every client sees the change.</returns>
    public async Task<object> ApplyAsync(SuiteRequest request, CancellationToken cancellationToken)
    {
        var mine = new Waiting(request);
        _waiting.Enqueue(mine);
        await using (var held = await writeLock.AcquireAsync(cancellationToken))
        {
            while (!mine.Answer.Task.IsCompleted)
            {
                await ApplyWaitingAsync(held);
            }
        }

        try
        {
            return await mine.Answer.Task;
        }
        catch (Exception e) when (StorageFault.From(e, layout.Public) is { } full)
        {
            return request.ToFailure(full);
        }
    }

    /// <summary>Refuses to make empty suites of those on disk because the database was lost.</summary>
    /// <exception cref="CanaryException">The store knows of no package, and suites list some.</exception>
    public async Task RefuseLostStoreAsync(CancellationToken cancellationToken)
    {
        var listing = options
            .Value.EffectiveSuites.Where(name =>
                DirectoryOf(name).CurrentRelease is { } release && ReleaseFile.ListsPackages(release)
            )
            .ToList();
        if (listing.Count == 0)
        {
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        if (!await store.Packages.AnyAsync(cancellationToken) && !await store.Requests.AnyAsync(cancellationToken))
        {
            throw new CanaryException(
                RepositoryPublisherCodes.RepositoryStoreLost,
                $"The database of repository-publisher knows of no package, but {layout.Dists} lists some "
                    + $"({string.Join(", ", listing)}).",
                "Restore the database from a backup, as old as the directory. To begin with an empty repository, move "
                    + $"{layout.Public} away: hosts keep what they have until something new is released.",
                innerException: null
            );
        }
    }

    /// <summary>Sees to it that every suite on disk is what the store says and is signed for long enough, and removes
    /// what is superseded.</summary>
    /// <param name="renew">Whether to sign again in any case.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    public async Task MaintainAsync(bool renew, CancellationToken cancellationToken)
    {
        await using var held = await writeLock.AcquireAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        await CatchUpAsync(store);
        var now = time.GetUtcNow();
        foreach (var name in options.Value.EffectiveSuites)
        {
            await held.ConfirmAsync();
            Renew(await LiveAsync(store, name), renew);
            DirectoryOf(name).Sweep(supersededBefore: now - options.Value.SupersededRetention);
        }

        var oldest = now - RequestRetention;
        // The last one of a package in a suite stays: by it, imports know that a release decides there.
        await store
            .Requests.Where(it =>
                it.AnsweredAt < oldest
                && (
                    it.Version.Length == 0
                    || store.Requests.Any(later =>
                        later.Suite == it.Suite
                        && later.Package == it.Package
                        && later.Version.Length > 0
                        && later.AnsweredAt > it.AnsweredAt
                    )
                )
            )
            .ExecuteDeleteAsync(cancellationToken);
        await NoteStampAsync(store);
    }

    /// <summary>Has a suite list other <c>Contents</c> files, which stand among its indexes already.</summary>
    /// <returns>Whether it does: the files may have been swept away as nobody's meanwhile.</returns>
    public async Task<bool> UpdateContentsAsync(
        string name,
        IReadOnlyList<ContentsIndex> contents,
        CancellationToken cancellationToken
    )
    {
        await using var held = await writeLock.AcquireAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        await CatchUpAsync(store);
        var directory = DirectoryOf(name);
        var suite = await LiveAsync(store, name);
        await held.ConfirmAsync();
        if (!contents.All(directory.Has))
        {
            return false;
        }

        if (!ContentsIndex.In(directory.CurrentRelease).SequenceEqual(contents))
        {
            directory.SwitchTo(Prepare(suite, contents));
        }

        await NoteStampAsync(store);
        return true;
    }

    private async Task ApplyWaitingAsync(IDistributedLock held)
    {
        var batch = NextBatch();
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var answers = await ApplyAsync(
                scope.ServiceProvider.GetRequiredService<RepositoryStore>(),
                held,
                [.. batch.Select(waiting => waiting.Request)]
            );
            foreach (var (waiting, answer) in batch.Zip(answers))
            {
                waiting.Answer.SetResult(answer);
            }
        }
        catch (Exception e)
        {
            batch.ForEach(waiting => waiting.Answer.TrySetException(e));
        }
    }

    /// <summary>Whose turn it is, up to the first request for a package that another one of the batch changes
    /// too.</summary>
    private List<Waiting> NextBatch()
    {
        var batch = new List<Waiting>();
        var packages = new HashSet<(string Suite, string Package)>();
        while (
            batch.Count < LargestBatch
            && _waiting.TryPeek(out var next)
            && next.Request.Packages.All(package => !packages.Contains((next.Request.Suite, package)))
            && _waiting.TryDequeue(out var waiting)
        )
        {
            batch.Add(waiting);
            packages.UnionWith(waiting.Request.Packages.Select(package => (waiting.Request.Suite, package)));
        }

        return batch;
    }

    /// <summary>Forgets the suites as this process knows them if another replica has changed one.</summary>
    private async Task CatchUpAsync(RepositoryStore store)
    {
        if (writeLock.HasOtherWriters && await StampAsync(store) != _stamp)
        {
            _suites.Clear();
        }
    }

    private async Task NoteStampAsync(RepositoryStore store)
    {
        if (writeLock.HasOtherWriters)
        {
            _stamp = await StampAsync(store);
        }
    }

    /// <summary>Another one after each change: a change has a request of its own, and each is answered later than the
    /// one before.</summary>
    private static async Task<(int Requests, DateTimeOffset? Last)> StampAsync(RepositoryStore store) =>
        (
            await store.Requests.CountAsync(),
            await store.Requests.MaxAsync(request => (DateTimeOffset?)request.AnsweredAt)
        );

    private async Task<IReadOnlyList<object>> ApplyAsync(
        RepositoryStore store,
        IDistributedLock held,
        IReadOnlyList<SuiteRequest> requests
    )
    {
        await CatchUpAsync(store);
        var batch = new SuiteBatch(store, names, options.Value, time.GetUtcNow());
        var answers = new List<object>();
        foreach (var request in requests)
        {
            answers.Add(await batch.AddAsync(request));
        }

        var prepared = new List<(LiveSuite Suite, long Generation)>();
        try
        {
            foreach (var (name, change) in batch.Complete())
            {
                var suite = (await LiveAsync(store, name)).With(change);
                prepared.Add((suite, Prepare(suite)));
            }

            await held.ConfirmAsync();
            await store.SaveChangesAsync();
        }
        catch
        {
            prepared.ForEach(it => DirectoryOf(it.Suite.Name).Discard(it.Generation));
            throw;
        }

        // Forgotten until all switches are done: should one fail, the next request begins by making up for it.
        prepared.ForEach(it => _suites.Remove(it.Suite.Name));
        await held.ConfirmAsync();
        prepared.ForEach(it => DirectoryOf(it.Suite.Name).SwitchTo(it.Generation));
        prepared.ForEach(it => _suites.Add(it.Suite.Name, it.Suite));
        await NoteStampAsync(store);
        return answers;
    }

    /// <summary>The suite as the store has it. When it comes from the store, the disk is brought to the same
    /// state.</summary>
    private async Task<LiveSuite> LiveAsync(RepositoryStore store, string name)
    {
        if (!_suites.TryGetValue(name, out var suite))
        {
            var entries = await store
                .Entries.AsNoTracking()
                .Include(it => it.Package)
                .Where(it => it.Suite == name)
                .ToListAsync();
            suite = LiveSuite.Create(name, options.Value.EffectiveArchitectures, entries);
            Renew(suite, inAnyCase: false);
            _suites.Add(name, suite);
        }

        return suite;
    }

    private void Renew(LiveSuite suite, bool inAnyCase)
    {
        var directory = DirectoryOf(suite.Name);
        if (inAnyCase || IsDue(suite, directory.CurrentRelease))
        {
            directory.SwitchTo(Prepare(suite));
        }
    }

    private bool IsDue(LiveSuite suite, string? release) =>
        release is null
        || ReleaseFile.ValidUntilOf(release) is not { } until
        || until - time.GetUtcNow() < options.Value.ValidFor / 2
        || ReleaseFile.DateOf(release) is not { } date
        || date > time.GetUtcNow()
        || ReleaseFile.Differ(
            release,
            Render(suite, ContentsIndex.In(release), keys.Now, time.GetUtcNow(), time.GetUtcNow())
        );

    private long Prepare(LiveSuite suite) => Prepare(suite, ContentsIndex.In(DirectoryOf(suite.Name).CurrentRelease));

    private long Prepare(LiveSuite suite, IReadOnlyList<ContentsIndex> contents)
    {
        var now = time.GetUtcNow();
        var directory = DirectoryOf(suite.Name);
        // apt keeps what it has when the new file is dated before it. But one that is dated in the future, as by a clock that was
        // ahead, is refused by every host whose clock is right: it is no measure.
        var last = directory.CurrentRelease is { } release ? ReleaseFile.DateOf(release) : null;
        var date = now - Backdating;
        var signing = keys.Now;
        var dated = last > date && last <= now ? last.Value : date;
        return directory.Prepare(suite.Indexes, contents, Render(suite, contents, signing, dated, now), signing, now);
    }

    private string Render(
        LiveSuite suite,
        IReadOnlyList<ContentsIndex> contents,
        ArchiveKeys signing,
        DateTimeOffset date,
        DateTimeOffset now
    ) =>
        ReleaseFile.Render(
            suite.Name,
            options.Value,
            suite.Indexes,
            contents,
            signing.KeyringSha256,
            date,
            now + options.Value.ValidFor
        );

    private SuiteDirectory DirectoryOf(string suite) => new(layout, suite);

    private sealed record Waiting(SuiteRequest Request)
    {
        public TaskCompletionSource<object> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
