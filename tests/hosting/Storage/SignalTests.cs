using Canary.Durability.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Hosting.Tests.Storage;

public sealed class SignalTests
{
    private static readonly TimeSpan Night = TimeSpan.FromHours(8);

    [Fact]
    public async Task A_worker_sleeps_by_the_clock_that_it_was_given()
    {
        var time = new FakeTimeProvider();
        using var wakeUp = new Signal(time);

        var sleep = wakeUp.WaitAsync(Night, TestContext.Current.CancellationToken);
        sleep.IsCompleted.ShouldBeFalse();
        time.Advance(Night);

        (await sleep).ShouldBeFalse();
    }

    [Fact]
    public async Task A_signal_that_came_before_it_slept_wakes_it_once()
    {
        var time = new FakeTimeProvider();
        using var wakeUp = new Signal(time);
        wakeUp.Set();
        wakeUp.Set();

        (await wakeUp.WaitAsync(Night, TestContext.Current.CancellationToken)).ShouldBeTrue();

        var sleep = wakeUp.WaitAsync(Night, TestContext.Current.CancellationToken);
        time.Advance(Night);
        (await sleep).ShouldBeFalse();
    }
}
