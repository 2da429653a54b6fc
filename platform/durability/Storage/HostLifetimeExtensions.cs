using Microsoft.Extensions.Hosting;

namespace Canary.Durability.Storage;

public static class HostLifetimeExtensions
{
    /// <summary>Waits until every part of the host, the bus among them, has started.</summary>
    public static async Task WhenStartedAsync(this IHostApplicationLifetime lifetime, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lifetime);

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellation);
    }
}
