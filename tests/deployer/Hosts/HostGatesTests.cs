using Canary.Deployer.Hosts;

namespace Canary.Deployer.Tests.Hosts;

public sealed class HostGatesTests
{
    private static readonly Guid Rollout = Guid.NewGuid();
    private static readonly Purpose Wave = new(Rollout, "wave-1");
    private static readonly Purpose Rollback = new(Rollout, "rollback");

    private readonly HostGates _gates = new();

    [Fact]
    public async Task One_at_a_time_works_on_a_host_and_is_told_that_others_wait()
    {
        var first = await _gates.EnterAsync("web-1", Wave, CancellationToken.None);
        first.Patience.IsCancellationRequested.ShouldBeFalse();

        var second = _gates.EnterAsync("web-1", Rollback, CancellationToken.None);
        second.IsCompleted.ShouldBeFalse();
        first.Patience.IsCancellationRequested.ShouldBeTrue();
        first.Dispose();

        using var inside = await second;
        inside.Patience.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task A_repeat_of_the_same_work_does_not_hurry_it()
    {
        var first = await _gates.EnterAsync("web-1", Wave, CancellationToken.None);

        var second = _gates.EnterAsync("web-1", Wave, CancellationToken.None);

        second.IsCompleted.ShouldBeFalse();
        first.Patience.IsCancellationRequested.ShouldBeFalse();
        first.Dispose();
        (await second).Dispose();
    }

    public static TheoryData<bool, Guid?, Guid?> Others =>
        new()
        {
            // Another application's rollout, and convergence, wait for a rollout.
            { false, Rollout, Guid.NewGuid() },
            { false, Rollout, null },
            // Convergence comes again by itself.
            { true, null, Rollout },
            { false, null, null },
        };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Others_hurry_nobody_but_convergence(bool hurries, Guid? inside, Guid? newcomer)
    {
        var first = await _gates.EnterAsync("web-1", new Purpose(inside, "one"), CancellationToken.None);

        var second = _gates.EnterAsync("web-1", new Purpose(newcomer, "other"), CancellationToken.None);

        second.IsCompleted.ShouldBeFalse();
        first.Patience.IsCancellationRequested.ShouldBe(hurries);
        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task Different_hosts_do_not_wait_for_each_other()
    {
        using var first = await _gates.EnterAsync("web-1", Wave, CancellationToken.None);
        using var second = await _gates.EnterAsync("web-2", Wave, CancellationToken.None);

        first.Patience.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Whoever_stops_waiting_leaves_the_gate_as_it_was()
    {
        using var cancellation = new CancellationTokenSource();
        using (await _gates.EnterAsync("web-1", Wave, CancellationToken.None))
        {
            var waiting = _gates.EnterAsync("web-1", Rollback, cancellation.Token);
            await cancellation.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(waiting);
        }

        using var next = await _gates.EnterAsync("web-1", Wave, CancellationToken.None);
    }
}
