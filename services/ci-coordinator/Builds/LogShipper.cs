namespace Canary.CiCoordinator.Builds;

/// <summary>Brings the logs of builds to ingress while they are written, and never stands in the way of a build. What has
/// gathered within a moment goes together.</summary>
internal sealed class LogShipper(
    BuildLogs logs,
    IServiceScopeFactory scopes,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<LogShipper> logger
) : BackgroundService
{
    private const int LargestPiece = 256 << 10;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestKept = TimeSpan.FromDays(7);

    private readonly Dictionary<Guid, long> _offsets = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await WhenStartedAsync(stoppingToken);
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
        var failed = new List<Guid>();
        while (logs.Changes.TryRead(out var releaseId))
        {
            logs.TakeUp(releaseId);
            try
            {
                await ShipAsync(releaseId, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Postpone(releaseId, e);
                failed.Add(releaseId);
            }
        }
        failed.ForEach(logs.Announce);
        return failed.Count == 0;
    }

    private async Task ShipAsync(Guid releaseId, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var client = scope.ServiceProvider.GetRequiredService<LogClient>();
        while (true)
        {
            var offset = _offsets.GetValueOrDefault(releaseId);
            var (bytes, isComplete) = await logs.ReadAsync(releaseId, offset, LargestPiece, cancellation);
            if (bytes.Length > 0)
            {
                _offsets[releaseId] = await client.AppendAsync(releaseId, offset, bytes, cancellation);
            }
            else
            {
                if (isComplete)
                {
                    logs.Remove(releaseId);
                    _offsets.Remove(releaseId);
                }
                return;
            }
        }
    }

    private void Postpone(Guid releaseId, Exception exception)
    {
        if (time.GetUtcNow() - logs.ChangedAt(releaseId) > LongestKept)
        {
            logger.LogWarning(
                exception,
                "Ingress has not taken the build log of {ReleaseId}; it is dropped",
                releaseId
            );
            logs.Forget(releaseId);
            _offsets.Remove(releaseId);
        }
        else
        {
            logger.LogInformation(
                "Ingress does not take the build log of {ReleaseId} now ({Reason}); trying again",
                releaseId,
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
