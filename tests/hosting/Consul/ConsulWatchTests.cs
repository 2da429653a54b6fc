using System.Collections.Concurrent;
using Canary.Consul;
using Canary.Failures;
using Canary.Testing;

namespace Canary.Hosting.Tests.Consul;

public sealed class ConsulWatchTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0, 7, 7)]
    [InlineData(7, 7, 7)]
    [InlineData(7, 9, 9)]
    [InlineData(9, 7, 0)]
    [InlineData(9, 0, 0)]
    public void An_index_that_goes_backwards_starts_over_and_none_is_ever_zero_twice(
        ulong asked,
        ulong answered,
        ulong next
    ) => ConsulWatch.NextIndex(asked, answered).ShouldBe(next);

    [Fact]
    public async Task Changes_arrive_and_a_consul_that_comes_back_with_another_past_is_followed()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await ConsulHost.StartAsync(consul, "wait=00:01:00", "timelimit=00:00:02");
        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentQueue<string>();
        var failures = new ConcurrentQueue<CanaryException>();
        var watch = ConsulWatch.RunAsync(
            (index, cancellation) => host.Catalog().InstancesAsync("shop", ["shop::app"], index, cancellation),
            answer => seen.Enqueue(string.Join(' ', answer.Value.Select(x => x.Node).Order())),
            failures.Enqueue,
            TimeProvider.System,
            stop.Token
        );

        await Eventually.TrueAsync(() => seen.LastOrDefault() is "");
        await consul.RegisterAsync("web-1", "shop", ["shop::app"]);
        await Eventually.TrueAsync(() => seen.LastOrDefault() is "web-1");
        await consul.RegisterAsync("web-2", "shop", ["shop::app"]);
        await Eventually.TrueAsync(() => seen.LastOrDefault() is "web-1 web-2");

        await consul.KillAsync();
        await Eventually.TrueAsync(() => !failures.IsEmpty);
        failures.ShouldAllBe(failure => failure.Code == ConsulErrors.Unreachable);
        await consul.StartAgainAsync(empty: true);
        await Eventually.TrueAsync(() => seen.LastOrDefault() is "");
        await consul.RegisterAsync("web-3", "shop", ["shop::app"]);
        await Eventually.TrueAsync(() => seen.LastOrDefault() is "web-3");

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => watch);
    }

    [Fact]
    public async Task An_answer_without_a_change_is_no_failure()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await ConsulHost.StartAsync(consul, "wait=00:00:01");
        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentQueue<ulong>();
        var failures = new ConcurrentQueue<CanaryException>();
        var watch = ConsulWatch.RunAsync(
            (index, cancellation) => host.Catalog().InstancesAsync("shop", ["shop::app"], index, cancellation),
            answer => answers.Enqueue(answer.Index),
            failures.Enqueue,
            TimeProvider.System,
            stop.Token
        );

        // A Consul that has just started may still have a change or two of its own.
        await Eventually.TrueAsync(() =>
            answers.TakeLast(3).ToList() is [var first, var second, var third] && first == second && second == third
        );

        failures.ShouldBeEmpty();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => watch);
    }
}
