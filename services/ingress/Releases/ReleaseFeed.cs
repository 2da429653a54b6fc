using System.Collections.Concurrent;
using System.Text.Json;
using Canary.Contracts.Releases;
using Canary.Durability.Storage;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Releases;

/// <summary>A release to show: its newest state, already as JSON.</summary>
internal sealed record FeedEvent(Guid ReleaseId, EventId Id, string Json, bool IsFinal, bool IsSettled);

/// <summary>
/// Tells who is watching of every committed change. A watcher that is slower than the changes gets the newest state of each
/// release and misses only what it would have replaced. Changes that another replica committed are found by looking.
/// </summary>
internal sealed class ReleaseFeed(
    IServiceScopeFactory scopes,
    IOptions<JsonOptions> json,
    TimeProvider time,
    ILogger<ReleaseFeed> logger
) : BackgroundService
{
    /// <summary>How far the clocks of replicas, and commits behind their own times, may be apart.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private const int Batch = 100;

    private readonly ConcurrentDictionary<FeedSubscription, bool> _subscriptions = [];

    private readonly ConcurrentQueue<Guid> _changed = [];

    private readonly Dictionary<Guid, EventId> _told = [];

    private readonly Signal _signal = new(time);

    /// <summary>Called after a commit.</summary>
    public void Announce(IReadOnlyCollection<Guid> releases)
    {
        if (_subscriptions.IsEmpty)
        {
            return;
        }

        foreach (var release in releases)
        {
            _changed.Enqueue(release);
        }

        _signal.Set();
    }

    /// <summary>Watches one release, or all of them. Dispose ends it.</summary>
    public FeedSubscription Subscribe(Guid? release)
    {
        var subscription = new FeedSubscription(release, time, s => _subscriptions.TryRemove(s, out _));
        _subscriptions[subscription] = true;
        return subscription;
    }

    public FeedEvent EventOf(Snapshot snapshot) =>
        new(
            snapshot.Release.Id,
            snapshot.EventId,
            JsonSerializer.Serialize(snapshot.View, json.Value.SerializerOptions),
            ReleaseStates.IsFinal(snapshot.Release.State),
            snapshot.IsSettled
        );

    public override void Dispose()
    {
        _signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var looked = time.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            var signalled = await _signal.WaitAsync(Look, stoppingToken);
            if (_subscriptions.IsEmpty)
            {
                looked = time.GetUtcNow();
                continue;
            }

            try
            {
                if (signalled)
                {
                    await TellAsync(Take(), stoppingToken);
                    continue;
                }

                var now = time.GetUtcNow();
                await TellAsync(null, stoppingToken, looked - Overlap);
                Forget(looked - Overlap);
                looked = now;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The next look finds what this one missed.
                logger.LogWarning("Changes of releases could not be read; trying again: {Error}", exception.Message);
            }
        }
    }

    /// <summary>A look finds again what was told already.</summary>
    private bool IsNews(Snapshot snapshot)
    {
        var isNews = !_told.TryGetValue(snapshot.Release.Id, out var told) || !told.ShowsSameAs(snapshot.EventId);
        _told[snapshot.Release.Id] = snapshot.EventId;
        return isNews;
    }

    private void Forget(DateTimeOffset since)
    {
        foreach (var (release, _) in _told.Where(told => told.Value.ChangedAtTicks < since.UtcTicks).ToList())
        {
            _told.Remove(release);
        }
    }

    private HashSet<Guid> Take()
    {
        var releases = new HashSet<Guid>();
        while (releases.Count < Batch && _changed.TryDequeue(out var release))
        {
            releases.Add(release);
        }

        if (!_changed.IsEmpty)
        {
            _signal.Set();
        }

        return releases;
    }

    private async Task TellAsync(
        IReadOnlyCollection<Guid>? releases,
        CancellationToken cancellationToken,
        DateTimeOffset since = default
    )
    {
        if (releases is { Count: 0 })
        {
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        var queries = scope.ServiceProvider.GetRequiredService<ReleaseQueries>();
        var snapshots = releases is null
            ? await queries.SnapshotsAsync(x => x.ChangedAt >= since, cancellationToken)
            : await queries.SnapshotsAsync(x => releases.Contains(x.Id), cancellationToken);
        foreach (var snapshot in snapshots.Where(IsNews))
        {
            FeedEvent? made = null;
            foreach (var subscription in _subscriptions.Keys.Where(s => s.Wants(snapshot.Release.Id)))
            {
                subscription.Offer(made ??= EventOf(snapshot));
            }
        }
    }
}

/// <summary>One watcher's share of the feed: the newest event of each release that it has not taken yet.</summary>
internal sealed class FeedSubscription(Guid? release, TimeProvider time, Action<FeedSubscription> end) : IDisposable
{
    private readonly Lock _gate = new();

    private readonly Dictionary<Guid, FeedEvent> _pending = [];

    private readonly Signal _signal = new(time);

    public bool Wants(Guid id) => release is null || release == id;

    public void Offer(FeedEvent change)
    {
        lock (_gate)
        {
            _pending[change.ReleaseId] = change;
        }

        _signal.Set();
    }

    /// <summary>Waits for changes. Returns none when the time is up.</summary>
    public async Task<IReadOnlyList<FeedEvent>> NextAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        await _signal.WaitAsync(longest, cancellationToken);
        lock (_gate)
        {
            FeedEvent[] events = [.. _pending.Values.OrderBy(e => e.Id.ChangedAtTicks)];
            _pending.Clear();
            return events;
        }
    }

    public void Dispose()
    {
        end(this);
        _signal.Dispose();
    }
}
