using System.Runtime.CompilerServices;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Hosting.Tests;

public sealed class IdleCollectionTests
{
    [Fact]
    public async Task A_host_that_comes_to_rest_gives_memory_back()
    {
        var time = new FakeTimeProvider();
        using var collection = new IdleCollection(time);
        await collection.StartAsync(CancellationToken.None);

        var garbage = MakeGarbage();

        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return !garbage.IsAlive;
        });
        await collection.StopAsync(CancellationToken.None);
    }

    // In a method of its own, so that no frame of the test still refers to it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference MakeGarbage() => new(new byte[64_000_000]);
}
