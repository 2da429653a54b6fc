using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Failures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Durability.Jobs;

/// <summary>
/// Takes pending jobs, and those whose worker gave no sign of life, under a lease; runs them; commits their outcome together
/// with the event that reports it. A host that stops hands its jobs back.
/// </summary>
internal sealed class JobWorker<TStore>(
    JobLane lane,
    RunningJobs<TStore> running,
    IServiceProvider services,
    IServiceScopeFactory scopes,
    IEnumerable<IJobKindOf<TStore>> kinds,
    StoreReadiness<TStore> readiness,
    StoreSignals<TStore> signals,
    IOptionsMonitor<JobOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    StoreClock clock,
    ILogger<JobWorker<TStore>> logger
) : BackgroundService
    where TStore : ServiceDbContext
{
    private readonly Dictionary<string, JobKind> _kinds = kinds
        .Where(x => x.Kind.Lane == lane.Name)
        .ToDictionary(x => x.Kind.Name, x => x.Kind);
    private readonly JobOptions _options = options.Get(typeof(TStore).FullName);
    private readonly string _owner = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    private readonly int _concurrency =
        lane.Concurrency?.Invoke(services) ?? options.Get(typeof(TStore).FullName).Concurrency;

    private readonly string[] _names = [.. kinds.Where(x => x.Kind.Lane == lane.Name).Select(x => x.Kind.Name)];

    private Signal Wakening => signals.JobsIn(lane.Name);

    private bool HasRoom => running.Count < _concurrency;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await lifetime.WhenStartedAsync(stoppingToken);
        await readiness.WhenReadyAsync(stoppingToken);
        var atWork = new List<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                atWork.RemoveAll(task => task.IsCompleted);
                while (HasRoom && await TakeNextAsync(stoppingToken) is { } job)
                {
                    atWork.Add(WorkAsync(job, stoppingToken));
                }

                var longest = HasRoom ? await TimeUntilNextAsync(stoppingToken) : _options.Lease / 3;
                await Wakening.WaitAsync(longest, stoppingToken);
                await StopCancelledAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                logger.LogError(exception, "Jobs could not be looked up; trying again");
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken);
            }
        }

        await Task.WhenAll(atWork);
    }

    // A job is cancelled wherever its cancellation happens to be consumed, which may be another replica.
    private async Task StopCancelledAsync(CancellationToken cancellation)
    {
        var ids = running.Ids;
        if (ids.Count == 0)
        {
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        var cancelled = await scope
            .ServiceProvider.GetRequiredService<TStore>()
            .Jobs.Where(job => ids.Contains(job.Id) && job.State == JobState.Cancelled)
            .Select(job => job.Id)
            .ToListAsync(cancellation);
        cancelled.ForEach(running.Cancel);
    }

    // A job that was put off begins in time; for those whose worker has died, a look now and then is enough.
    private async Task<TimeSpan> TimeUntilNextAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var next = await scope
            .ServiceProvider.GetRequiredService<TStore>()
            .Jobs.Where(job => _names.Contains(job.Kind) && job.State == JobState.Pending)
            .MinAsync(job => job.NotBefore, cancellation);
        var longest = _options.Lease / 3;
        return next - clock.Now is not { } sleep || sleep > longest ? longest
            : sleep < TimeSpan.Zero ? TimeSpan.Zero
            : sleep + TimeSpan.FromMilliseconds(1);
    }

    private async Task<Job?> TakeNextAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<TStore>();
        var now = clock.Now;
        var job = await store
            .Jobs.Where(job => _names.Contains(job.Kind))
            .Where(job =>
                (job.State == JobState.Pending && (job.NotBefore == null || job.NotBefore <= now))
                || (job.State == JobState.Running && job.LeaseUntil < now)
                // Whoever had begun it has died before it could end what it had begun.
                || (job.State == JobState.Cancelled && job.LeaseOwner != null && job.LeaseUntil < now)
            )
            .OrderBy(job => job.CreatedAt)
            .FirstOrDefaultAsync(cancellation);
        if (job is null)
        {
            return null;
        }

        if (job.State == JobState.Running && job.LeaseOwner != _owner)
        {
            job.Attempts++;
            logger.LogWarning(
                "Job {JobId} lost its process (attempt {Attempt} of {Attempts})",
                job.Id,
                job.Attempts,
                _options.Attempts
            );
        }

        if (job.State == JobState.Pending)
        {
            job.State = JobState.Running;
        }

        job.LeaseOwner = _owner;
        job.LeaseUntil = now + _options.Lease;
        job.Version++;
        try
        {
            await store.SaveChangesAsync(cancellation);
            return job;
        }
        catch (DbUpdateConcurrencyException)
        {
            Wakening.Set();
            return null;
        }
    }

    private Task WorkAsync(Job job, CancellationToken stopping) =>
        job.State == JobState.Cancelled ? EndCancelledAsync(job.Id, stopping) : RunLeasedAsync(job, stopping);

    private async Task RunLeasedAsync(Job job, CancellationToken stopping)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        if (!running.TryAdd(job.Id, cancellation))
        {
            // This process stood still until the lease lapsed, and has taken the job from itself: its work goes on.
            return;
        }

        try
        {
            await Task.WhenAll(RunAsync(job, cancellation), KeepLeaseAsync(job.Id, cancellation));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await HandBackAsync(job.Id);
        }
        catch (OperationCanceledException)
        {
            logger.LogInformation("Job {JobId} was cancelled", job.Id);
            await EndCancelledAsync(job.Id, stopping);
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Job {JobId} lost its outcome; it runs again when its lease has lapsed", job.Id);
        }
        finally
        {
            running.Remove(job.Id);
            Wakening.Set();
        }
    }

    private async Task RunAsync(Job job, CancellationTokenSource cancellation)
    {
        try
        {
            await RunAsync(job, cancellation.Token);
        }
        finally
        {
            await cancellation.CancelAsync();
        }
    }

    private async Task RunAsync(Job job, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var kind = _kinds[job.Kind];
        object outcome;
        try
        {
            outcome =
                job.Attempts < _options.Attempts
                    ? await kind.RunAsync(scope.ServiceProvider, job.Command, cancellation)
                    : kind.Faulted(scope.ServiceProvider, job.Command, LostProcess(job.Attempts));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogError(exception, "Job {JobId} ended in an unexpected error", job.Id);
            if (job.Attempts + 1 < _options.Attempts)
            {
                await PutOffAsync(job, cancellation);
                return;
            }

            outcome = kind.Faulted(scope.ServiceProvider, job.Command, exception);
        }

        await ReportAsync(job.Id, outcome);
    }

    // Its lease has not been renewed since it was cancelled: if this process dies here, another one ends what it had begun.
    private async Task EndCancelledAsync(Guid id, CancellationToken stopping)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var store = scope.ServiceProvider.GetRequiredService<TStore>();
            var job = await store.Jobs.FindAsync([id], stopping);
            if (job is not { State: JobState.Cancelled } || job.LeaseOwner != _owner)
            {
                // It has only been taken over.
                return;
            }

            if (await TryEndAsync(scope.ServiceProvider, job, stopping) || ++job.Attempts >= _options.Attempts)
            {
                job.LeaseOwner = null;
            }

            job.Version++;
            await store.SaveChangesAsync(stopping);
        }
        catch (Exception exception)
        {
            // Also a host that stops: its next process does it.
            logger.LogWarning(exception, "What cancelled job {JobId} had begun is looked at again later", id);
        }
    }

    private async Task<bool> TryEndAsync(IServiceProvider services, Job job, CancellationToken stopping)
    {
        try
        {
            await _kinds[job.Kind].CancelledAsync(services, job.Command, stopping);
            return true;
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            logger.LogWarning(exception, "What cancelled job {JobId} had begun could not be ended", job.Id);
            return false;
        }
    }

    // Not cancellable: work that is done is reported, also by a host that is stopping.
    private async Task ReportAsync(Guid id, object outcome)
    {
        await ChangeAsync(
            id,
            (job, outbox) =>
            {
                job.State = JobState.Finished;
                job.OutcomeType = MessageTypes.NameOf(outcome.GetType());
                job.Outcome = OutboxMessage.Serialize(outcome);
                outbox.Publish(outcome);
            },
            CancellationToken.None
        );
    }

    // Work that takes its process with it would do so for ever, and to whatever else is at work there.
    private static CanaryException LostProcess(int attempts) =>
        new(
            DurabilityCodes.JobLostProcess,
            $"The process that worked on it ended in the middle of it, {attempts} times.",
            "Find out what ended it (the service's log before each start, 'journalctl -k' for a lack of memory); if it was the commit, "
                + $"correct it, else {Remedies.ReleaseAgain}."
        );

    private Task<bool> PutOffAsync(Job failed, CancellationToken cancellation) =>
        ChangeAsync(
            failed.Id,
            (job, _) =>
            {
                job.State = JobState.Pending;
                job.NotBefore = clock.Now + (_options.RetryDelay * Math.Pow(2, failed.Attempts));
                job.Attempts++;
            },
            cancellation
        );

    private Task<bool> HandBackAsync(Guid id) =>
        ChangeAsync(id, (job, _) => job.State = JobState.Pending, CancellationToken.None);

    private async Task KeepLeaseAsync(Guid id, CancellationTokenSource cancellation)
    {
        using var timer = new PeriodicTimer(_options.Lease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation.Token))
            {
                await RenewLeaseAsync(id, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The job has ended.
        }
    }

    private async Task RenewLeaseAsync(Guid id, CancellationTokenSource cancellation)
    {
        var until = clock.Now + _options.Lease;
        try
        {
            if (!await ChangeAsync(id, (job, _) => job.LeaseUntil = until, cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogWarning(exception, "The lease of job {JobId} could not be renewed; trying again", id);
        }
    }

    // Only while the job is ours: a job that was cancelled or taken over is not touched any more.
    private async Task<bool> ChangeAsync(Guid id, Action<Job, IOutbox<TStore>> change, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var scope = scopes.CreateAsyncScope();
            var store = scope.ServiceProvider.GetRequiredService<TStore>();
            var job = await store.Jobs.FindAsync([id], cancellation);
            if (job is not { State: JobState.Running } || job.LeaseOwner != _owner)
            {
                return false;
            }

            change(job, scope.ServiceProvider.GetRequiredService<IOutbox<TStore>>());
            job.Version++;
            try
            {
                await store.SaveChangesAsync(cancellation);
                return true;
            }
            catch (DbUpdateConcurrencyException) when (attempt < 10)
            {
                // Somebody else changed the job: look again.
            }
        }
    }
}
