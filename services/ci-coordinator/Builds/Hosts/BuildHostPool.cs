using System.Collections.Concurrent;
using Canary.Failures;
using Canary.Hosting.Logs;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>Gives each build a place on the build host that has most room, and leaves out those that failed just now.</summary>
internal sealed class BuildHostPool(
    IBuildHosts hosts,
    IOptions<BuildOptions> options,
    TimeProvider time,
    ILogger<BuildHostPool> logger
)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly BuildHostOptions _options = options.Value.Hosts;
    private readonly TimeProvider _time = time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Host, bool IsPullRequest), int> _busy = [];
    private readonly ConcurrentDictionary<string, DateTimeOffset> _failed = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = New();
    private volatile IReadOnlyList<string> _known = [];
    private volatile CanaryException? _lastFailure;
    private int _proven;

    /// <summary>Begins to look for a place.</summary>
    /// <param name="log">Where it is said what is waited for.</param>
    /// <param name="isPullRequest">Whether it is for a pull request: those take no place of releases, and have as many again.</param>
    public Search For(ShippedLog log, bool isPullRequest = false) => new(this, log, isPullRequest);

    private void Avoid(BuildHost host, CanaryException why)
    {
        _failed[host.Name] = _time.GetUtcNow() + _options.Rest;
        _lastFailure = Unavailable(why.Message, why.Remedy);
        logger.LogWarning("Build host {Host} is left out for a while: {Reason}", host.Name, why.Message);
    }

    private async Task<(Place? Place, string Reason, CanaryException? Problem)> TryTakeAsync(
        bool isPullRequest,
        IReadOnlySet<string> unsuitable,
        CancellationToken cancellation
    )
    {
        BuildHostsFound found;
        try
        {
            found = await hosts.FindAsync(cancellation);
        }
        catch (CanaryException exception)
        {
            return (null, exception.Message, Unavailable(exception.Message, exception.Remedy));
        }

        if (found.Hosts.Count == 0)
        {
            var reason = found.Faults.Count == 0 ? "there is none." : string.Join(' ', found.Faults);
            return (null, reason, Unavailable($"There is no build host that can be used: {reason}", hosts.HowToAdd));
        }

        _known = [.. found.Hosts.Select(host => host.Name)];
        var suitable = found.Hosts.Where(host => !unsuitable.Contains(host.Name)).ToList();
        if (suitable.Count == 0)
        {
            const string reason = "none of those that are there has what this build needs.";
            return (null, reason, Unavailable($"There is no build host that can be used: {reason}", hosts.HowToAdd));
        }

        ForgetThoseThatRested();
        var rested = suitable.Where(host => !_failed.ContainsKey(host.Name)).ToList();
        if (rested.Count == 0 && _lastFailure is { } failure)
        {
            return (null, failure.Message, failure);
        }

        if (TryOccupy(rested, isPullRequest) is { } free)
        {
            return (new Place(this, free, isPullRequest), "", null);
        }

        // They may be busy with being tried in vain, unless one of them does build.
        return (null, $"all {rested.Count} are busy.", Volatile.Read(ref _proven) > 0 ? null : _lastFailure);
    }

    private void ForgetThoseThatRested()
    {
        foreach (var failed in _failed.Where(failed => failed.Value <= _time.GetUtcNow()))
        {
            _failed.TryRemove(failed);
        }
    }

    private BuildHost? TryOccupy(IEnumerable<BuildHost> candidates, bool isPullRequest)
    {
        lock (_lock)
        {
            var free = candidates
                .Where(host => BusyOn(host, isPullRequest) < host.Builds)
                .OrderBy(host => (double)(BusyOn(host, true) + BusyOn(host, false)) / host.Builds)
                // Several coordinators do not all begin with the same one.
                .ThenBy(_ => Random.Shared.Next())
                .FirstOrDefault();
            if (free is not null)
            {
                _busy[(free.Name, isPullRequest)] = BusyOn(free, isPullRequest) + 1;
            }

            return free;
        }
    }

    private int BusyOn(BuildHost host, bool isPullRequest) => _busy.GetValueOrDefault((host.Name, isPullRequest));

    private void Leave(BuildHost host, bool isPullRequest)
    {
        lock (_lock)
        {
            _busy[(host.Name, isPullRequest)] = BusyOn(host, isPullRequest) - 1;
        }

        Interlocked.Exchange(ref _changed, New()).TrySetResult();
    }

    private static CanaryException Unavailable(string why, string remedy) =>
        new(CiCoordinatorCodes.BuildHostUnavailable, why, remedy);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The search of one build, which may take several places one after the other.</summary>
    internal sealed class Search(BuildHostPool pool, ShippedLog log, bool isPullRequest)
    {
        private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
        private readonly HashSet<string> _unsuitable = new(StringComparer.Ordinal);
        private long _since = pool._time.GetTimestamp();
        private string? _said;

        private bool IsOver => pool._time.GetElapsedTime(_since) >= pool._options.Patience;

        /// <summary>Waits for a place.</summary>
        /// <exception cref="CanaryException"><c>build-host-unavailable</c>: none could be used for too long.</exception>
        public async Task<Place> TakeAsync(CancellationToken cancellation)
        {
            while (true)
            {
                var changed = pool._changed.Task;
                var (place, reason, problem) = await pool.TryTakeAsync(isPullRequest, _unsuitable, cancellation);
                if (place is not null)
                {
                    return place;
                }

                if (problem is null)
                {
                    // All of them are busy, which is no failure.
                    BeginAnew();
                }
                else if (IsOver)
                {
                    throw problem;
                }

                await SayAsync($"Waiting for a build host: {reason}");
                await Task.WhenAny(changed, Task.Delay(LongestPause, pool._time, cancellation));
                cancellation.ThrowIfCancellationRequested();
            }
        }

        /// <summary>Its place can be used: patience begins anew.</summary>
        public void Succeeded(Place place)
        {
            place.Prove();
            BeginAnew();
        }

        /// <summary>Leaves a build host out for a while.</summary>
        /// <exception cref="CanaryException"><c>build-host-unavailable</c>: none could be used for too long.</exception>
        public async Task AvoidAsync(BuildHost host, CanaryException why)
        {
            pool.Avoid(host, why);
            await SayAsync(why.Message);
            _failed.Add(host.Name);
            if (IsOver && pool._known.All(_failed.Contains))
            {
                throw Unavailable(why.Message, why.Remedy);
            }
        }

        /// <summary>Does without a build host from now on, which others may well use.</summary>
        /// <returns>Whether there are more.</returns>
        public async Task<bool> LeaveOutAsync(BuildHost host, CanaryException why)
        {
            await SayAsync(why.Message);
            _unsuitable.Add(host.Name);
            return !pool._known.All(_unsuitable.Contains);
        }

        private void BeginAnew()
        {
            _since = pool._time.GetTimestamp();
            _failed.Clear();
        }

        private async Task SayAsync(string text)
        {
            if (text != _said)
            {
                await log.HeadingAsync(text);
                _said = text;
            }
        }
    }

    /// <summary>A place for one build.</summary>
    internal sealed class Place(BuildHostPool pool, BuildHost host, bool isPullRequest) : IDisposable
    {
        private bool _isProven;

        public BuildHost Host => host;

        /// <summary>It does build.</summary>
        public void Prove()
        {
            _isProven = true;
            Interlocked.Increment(ref pool._proven);
        }

        public void Dispose()
        {
            if (_isProven)
            {
                Interlocked.Decrement(ref pool._proven);
            }

            pool.Leave(host, isPullRequest);
        }
    }
}
