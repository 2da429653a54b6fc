using Canary.Durability.Locks;
using Canary.Durability.Storage;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Replicas;

public abstract class DistributedLockTests(IBackend backend)
{
    [Fact]
    public async Task One_at_a_time_works_alone_and_the_next_one_follows()
    {
        await using var host = await StartAsync();
        var locks = Locks(host);
        var first = await locks.AcquireAsync("repository", CancellationToken.None);

        var second = locks.AcquireAsync("repository", CancellationToken.None);
        await using (await locks.AcquireAsync("something else", CancellationToken.None))
        {
            second.IsCompleted.ShouldBeFalse();
        }

        await first.DisposeAsync();
        await (await second).DisposeAsync();
    }

    [Fact]
    public async Task Whoever_stops_waiting_leaves_no_trace()
    {
        await using var host = await StartAsync();
        var locks = Locks(host);
        using var cancellation = new CancellationTokenSource();
        await using (await locks.AcquireAsync("repository", CancellationToken.None))
        {
            var waiting = locks.AcquireAsync("repository", cancellation.Token);
            await cancellation.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(waiting);
        }

        await using var next = await locks.AcquireAsync("repository", CancellationToken.None);
        await next.ConfirmAsync();
    }

    [Fact]
    public async Task Whoever_only_tries_gets_it_when_it_is_free_and_goes_on_at_once_when_it_is_not()
    {
        await using var host = await StartAsync();
        var locks = Locks(host);
        var first = await locks.TryAcquireAsync("repository", CancellationToken.None);
        first.ShouldNotBeNull();

        (await locks.TryAcquireAsync("repository", CancellationToken.None)).ShouldBeNull();

        await first.DisposeAsync();
        var second = await locks.TryAcquireAsync("repository", CancellationToken.None);
        second.ShouldNotBeNull();
        await second.ConfirmAsync();
        await second.DisposeAsync();
    }

    private protected Task<TestHost> StartAsync() => TestHost.StartAsync(backend, _ => { });

    private protected static IDistributedLocks<ParcelStore> Locks(TestHost host) =>
        host.Services.GetRequiredService<IDistributedLocks<ParcelStore>>();
}

public sealed class EmbeddedSingleActiveTests() : DistributedLockTests(new Embedded());

public sealed class SharedSingleActiveTests(Servers servers) : DistributedLockTests(servers)
{
    [Fact]
    public async Task A_replica_waits_for_the_turn_of_another_one()
    {
        await using var host = await StartAsync();
        var replica = await host.StartReplicaAsync();
        var here = await Locks(host).AcquireAsync("repository", CancellationToken.None);
        (await Locks(replica).TryAcquireAsync("repository", CancellationToken.None)).ShouldBeNull();

        var there = Locks(replica).AcquireAsync("repository", CancellationToken.None);
        await (await Locks(replica).AcquireAsync("something else", CancellationToken.None)).DisposeAsync();
        there.IsCompleted.ShouldBeFalse();
        await here.DisposeAsync();

        await (await there).DisposeAsync();
    }

    [Fact]
    public async Task A_turn_that_the_database_has_ended_is_known_to_be_lost_and_another_replica_gets_it()
    {
        await using var host = await StartAsync();
        var replica = await host.StartReplicaAsync();
        await using var here = await Locks(host).AcquireAsync("repository", CancellationToken.None);
        await here.ConfirmAsync();

        // As when the process is frozen for long, or the database restarts.
        await (await servers.PostgresAsync()).QueryAsync(
            host.Database,
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
                + "(SELECT oid FROM pg_database WHERE datname = current_database())"
        );

        await using var there = await Locks(replica).AcquireAsync("repository", CancellationToken.None);
        await Should.ThrowAsync<LockLostException>(here.ConfirmAsync());
        await there.ConfirmAsync();
    }
}
