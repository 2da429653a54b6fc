using System.Diagnostics;

namespace Canary.Benchmarks.Ssh;

internal static class Clock
{
    public static async Task<TimeSpan> OfAsync(Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed;
    }
}
