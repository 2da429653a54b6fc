using Microsoft.Extensions.Hosting;

namespace Canary.Hosting;

/// <summary>
/// Gives memory back when the host comes to rest. The runtime collects when much is allocated, so the garbage of the last
/// release would otherwise stay until the next one.
/// </summary>
internal sealed class IdleCollection(TimeProvider time) : BackgroundService
{
    private const long Rest = 4_000_000;
    private const long Worthwhile = 8_000_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var (seen, collected) = (0L, 0L);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var allocated = GC.GetTotalAllocatedBytes();
            if (allocated - seen < Rest && allocated - collected > Worthwhile)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                collected = allocated;
            }

            seen = allocated;
        }
    }
}
