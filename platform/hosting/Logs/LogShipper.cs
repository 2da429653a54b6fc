using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Canary.Hosting.Logs;

/// <summary>Brings logs to ingress while they are written, and never stands in the way of the work that writes them. What has
/// gathered within a moment goes together.</summary>
public sealed class LogShipper<TLogs>(
    TLogs logs,
    IServiceScopeFactory scopes,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<LogShipper<TLogs>> logger
) : BackgroundService
    where TLogs : ShippedLogs
{
    private const int LargestPiece = 256 << 10;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestKept = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestRelease = TimeSpan.FromDays(90);

    private readonly Dictionary<LogName, long> _offsets = [];

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await WhenStartedAsync(stoppingToken);
        logs.Sweep(sentBefore: time.GetUtcNow() - LongestRelease);
        foreach (var left in logs.FindAll())
        {
            logs.Announce(left);
        }
        var pause = Moment;
        while (await logs.Changes.WaitToReadAsync(stoppingToken))
        {
            pause = await ShipAllAsync(stoppingToken) ? Moment : Longer(pause);
            await Task.Delay(pause, time, stoppingToken);
        }
    }

    private async Task<bool> ShipAllAsync(CancellationToken cancellation)
    {
        var failed = new List<LogName>();
        while (logs.Changes.TryRead(out var log))
        {
            logs.TakeUp(log);
            try
            {
                await ShipAsync(log, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Postpone(log, e);
                failed.Add(log);
            }
        }
        failed.ForEach(logs.Announce);
        return failed.Count == 0;
    }

    private async Task ShipAsync(LogName log, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var client = scope.ServiceProvider.GetRequiredService<LogClient>();
        while (true)
        {
            var offset = _offsets.GetValueOrDefault(log, logs.BeginOf(log));
            var (bytes, isComplete) = await logs.ReadAsync(log, offset, LargestPiece, cancellation);
            if (bytes.Length > 0)
            {
                _offsets[log] = await client.AppendAsync(log, logs.Stage, offset, bytes, cancellation);
            }
            else
            {
                if (isComplete)
                {
                    logs.Remove(log, offset);
                    _offsets.Remove(log);
                }
                return;
            }
        }
    }

    private void Postpone(LogName log, Exception exception)
    {
        if (time.GetUtcNow() - logs.ChangedAt(log) > LongestKept)
        {
            logger.LogWarning(exception, "Ingress has not taken the log {Log}; it is dropped", log);
            logs.Forget(log);
            _offsets.Remove(log);
        }
        else
        {
            logger.LogInformation(
                "Ingress does not take the log {Log} now ({Reason}); trying again",
                log,
                exception.Message
            );
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    /// <summary>Ingress may be a part of this very host, which listens once it has started.</summary>
    private async Task WhenStartedAsync(CancellationToken cancellation)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellation);
    }
}
