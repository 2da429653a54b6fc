using System.Collections.Concurrent;
using Canary.Deployer.Inventory;
using Canary.Durability.Locks;
using Canary.Durability.Storage;
using Canary.Failures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Convergence;

/// <summary>Looks at the hosts of every application at an interval, when the inventory changes, and when somebody says so.</summary>
internal sealed class ConvergenceLoop(
    IServiceScopeFactory scopes,
    StoreReadiness<DeployerStore> readiness,
    IDistributedLocks<DeployerStore> locks,
    IInventory inventory,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<ConvergenceLoop> logger
) : BackgroundService
{
    private readonly ConcurrentQueue<Reminder> _reminders = [];
    private readonly Signal _reminded = new(time);
    private long? _lookedAt;
    private string? _stamp;

    /// <summary>Looks at the hosts of an application soon, of which a rollout has just told.</summary>
    public void Remind(string application) => Enqueue(new Reminder(application, Trust: true, Insist: null));

    /// <summary>Brings hosts there that drift, whatever was tried before.</summary>
    public void Insist(string? application, string? host) =>
        Enqueue(new Reminder(application, Trust: false, name => host is null || host == name));

    public override void Dispose()
    {
        _reminded.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (CanaryException exception)
            {
                logger.LogWarning("{Message} {Remedy}", exception.Message, exception.Remedy);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogError(exception, "The hosts could not be compared with what they should run; trying again");
            }

            await _reminded.WaitAsync(Pause, stoppingToken);
        }
    }

    private TimeSpan Pause
    {
        get
        {
            var (interval, poll) = (options.Value.Convergence.Interval, options.Value.Inventory.PollInterval);
            return interval < poll ? interval : poll;
        }
    }

    private void Enqueue(Reminder reminder)
    {
        _reminders.Enqueue(reminder);
        _reminded.Set();
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        while (_reminders.TryDequeue(out var reminder))
        {
            foreach (var application in await ApplicationsAsync(cancellation))
            {
                if (reminder.Application is null || reminder.Application == application)
                {
                    await LookAsync(application, reminder, cancellation);
                }
            }
        }

        var stamp = await inventory.StampAsync(cancellation);
        if (_lookedAt is { } last && stamp == _stamp && time.GetElapsedTime(last) < options.Value.Convergence.Interval)
        {
            return;
        }

        foreach (var application in await ApplicationsAsync(cancellation))
        {
            await LookAsync(application, new Reminder(application, Trust: false, Insist: null), cancellation);
        }

        (_lookedAt, _stamp) = (time.GetTimestamp(), stamp);
    }

    private async Task LookAsync(string application, Reminder reminder, CancellationToken cancellation)
    {
        await using var held = await locks.AcquireAsync($"convergence/{application}", cancellation);
        await using var scope = scopes.CreateAsyncScope();
        await scope
            .ServiceProvider.GetRequiredService<Drift>()
            .LookAsync(application, reminder.Trust, reminder.Insist, cancellation);
    }

    private async Task<List<string>> ApplicationsAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .Lanes.AsNoTracking()
            .Select(lane => lane.Application)
            .ToListAsync(cancellation);
    }

    /// <param name="Application">Whose hosts; <c>null</c>: all.</param>
    /// <param name="Trust">Whether what a rollout has just heard counts as a look.</param>
    /// <param name="Insist">Which hosts are brought there whatever was tried before.</param>
    private sealed record Reminder(string? Application, bool Trust, Func<string, bool>? Insist);
}
