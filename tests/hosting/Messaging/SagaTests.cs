using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Messaging;

public abstract class SagaTests(IBackend backend)
{
    private protected readonly Heard _heard = new();
    private protected readonly Guid _id = Guid.NewGuid();

    [Fact]
    public async Task A_saga_keeps_its_state_and_reports_its_end()
    {
        await using var host = await StartAsync(new DeliveryTimes());

        await host.SendAsync(new StartDelivery(_id));
        await SagaAsync(host, saga => saga.CurrentState == "UnderWay");
        await host.SendAsync(new AddStop(_id));
        await SagaAsync(host, saga => saga.Stops == 1);
        await host.SendAsync(new FinishDelivery(_id));

        await Eventually.TrueAsync(() => _heard.Count<DeliveryFinished>() == 1);
        _heard.Messages.OfType<DeliveryFinished>().Single().Stops.ShouldBe(1);
    }

    [Fact]
    public async Task Many_messages_for_one_saga_at_once_are_all_counted()
    {
        await using var host = await StartAsync(new DeliveryTimes());
        await host.SendAsync(new StartDelivery(_id));
        await SagaAsync(host, saga => saga.CurrentState == "UnderWay");

        await host.SendAsync([.. Enumerable.Range(0, 50).Select(_ => new AddStop(_id))]);

        await SagaAsync(host, saga => saga.Stops == 50);
    }

    [Fact]
    public async Task A_saga_that_is_started_several_times_at_once_exists_once()
    {
        await using var host = await StartAsync(new DeliveryTimes());

        await host.SendAsync([.. Enumerable.Range(0, 10).Select(_ => new StartDelivery(_id))]);
        await SagaAsync(host, saga => saga.CurrentState == "UnderWay");
        await host.SendAsync(new FinishDelivery(_id));

        await Eventually.TrueAsync(() => _heard.Count<DeliveryFinished>() == 1);
        (await host.WithStoreAsync((store, _) => store.Deliveries.CountAsync())).ShouldBe(1);
    }

    [Fact]
    public async Task A_deadline_fires_when_its_time_has_come()
    {
        await using var host = await StartAsync(new DeliveryTimes { Overdue = TimeSpan.FromMilliseconds(50) });

        await host.SendAsync(new StartDelivery(_id));

        await SagaAsync(host, saga => saga.Reminders == 1);
    }

    [Fact]
    public async Task A_cancelled_deadline_is_gone()
    {
        await using var host = await StartAsync(new DeliveryTimes());
        await host.SendAsync(new StartDelivery(_id));
        await SagaAsync(host, saga => saga.CurrentState == "UnderWay");

        await host.SendAsync(new FinishDelivery(_id));

        await SagaAsync(host, saga => saga.CurrentState == "Done");
        await Eventually.TrueAsync(async () =>
            !await host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().AnyAsync())
        );
    }

    private protected Task<TestHost> StartAsync(DeliveryTimes times, Action<IServiceCollection>? configure = null) =>
        TestHost.StartAsync(
            backend,
            module =>
            {
                module.Services.AddSingleton(times).AddSingleton(_heard);
                configure?.Invoke(module.Services);
                module.AddSaga<DeliveryStateMachine, DeliveryState>("delivery");
                module.AddConsumer<ListenerConsumer>();
            }
        );

    private protected async Task<DeliveryState> SagaAsync(TestHost host, Func<DeliveryState, bool> condition)
    {
        DeliveryState? saga = null;
        await Eventually.TrueAsync(async () =>
        {
            saga = await host.WithStoreAsync(
                (store, _) => store.Deliveries.AsNoTracking().SingleOrDefaultAsync(x => x.CorrelationId == _id)
            );
            return saga is not null && condition(saga);
        });
        return saga!;
    }
}

public sealed class EmbeddedSagaTests() : SagaTests(new Embedded())
{
    [Fact]
    public async Task A_deadline_that_was_on_its_way_when_the_host_died_comes_again()
    {
        var transport = new LosingTransport();
        await using var host = await StartAsync(
            new DeliveryTimes(),
            services => services.AddSingleton<ITransport>(transport)
        );
        await host.SendAsync(new StartDelivery(_id));
        await SagaAsync(host, saga => saga.CurrentState == "UnderWay");

        transport.Loses = true;
        await host.WithStoreAsync(
            (store, _) =>
                store
                    .Set<OutboxMessage>()
                    .Where(row => row.IsDeadline)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.NotBefore, TimeProvider.System.GetUtcNow()))
        );
        // Wakes the dispatcher, and is lost with the deadline.
        await host.SendAsync(new AddStop(_id));
        await Eventually.TrueAsync(() => transport.Lost == 2);
        await host.RestartAsync();
        transport.Loses = false;
        await host.RestartAsync();

        (await SagaAsync(host, saga => saga.Reminders == 1)).Stops.ShouldBe(0);
    }

    [Fact]
    public async Task A_restart_brings_deadlines_forward_but_not_the_lapse_of_time()
    {
        await using var host = await StartAsync(new DeliveryTimes());
        await host.SendAsync(new StartDelivery(_id));
        await SagaAsync(host, saga => saga.CurrentState == "UnderWay");

        await host.RestartAsync();

        var saga = await SagaAsync(host, saga => saga.Reminders == 1);
        saga.Coffees.ShouldBe(0);
        // What was delivered leaves the outbox a moment after it was handled.
        await Eventually.PassesAsync(async () =>
            (
                await host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().SingleAsync())
            ).MessageType.ShouldContain(nameof(CoffeeBreakOver))
        );
    }

    [Fact]
    public async Task After_a_restart_nothing_waits_for_a_clock_that_was_ahead()
    {
        await using var host = await StartAsync(new DeliveryTimes());

        await host.RestartAsync(async store =>
        {
            var ahead = TimeProvider.System.GetUtcNow().AddHours(1);
            store.Set<OutboxMessage>().Add(OutboxMessage.For(new DeliveryFinished(_id, 0), queue: null, ahead));
            await store.SaveChangesAsync();
        });

        await Eventually.TrueAsync(() => _heard.Count<DeliveryFinished>() == 1);
    }

    /// <summary>What is sent while it loses goes where nobody reads.</summary>
    private sealed class LosingTransport : AlteredTransport
    {
        private int _lost;

        public bool Loses { get; set; }

        public int Lost => Volatile.Read(ref _lost);

        public override Uri AddressOf(string queue)
        {
            if (!Loses)
            {
                return base.AddressOf(queue);
            }

            Interlocked.Increment(ref _lost);
            return base.AddressOf("nowhere");
        }
    }
}

public sealed class SharedSagaTests(Servers servers) : SagaTests(servers)
{
    [Fact]
    public async Task Many_messages_for_one_saga_at_two_replicas_are_all_counted()
    {
        await using var host = await StartAsync(new DeliveryTimes());
        await host.StartReplicaAsync();
        await host.SendAsync(new StartDelivery(_id));
        await SagaAsync(host, saga => saga.CurrentState == "UnderWay");

        await host.SendAsync([.. Enumerable.Range(0, 100).Select(_ => new AddStop(_id))]);

        await SagaAsync(host, saga => saga.Stops == 100);
    }

    [Fact]
    public async Task A_restart_leaves_deadlines_to_their_time()
    {
        await using var host = await StartAsync(new DeliveryTimes());
        await host.SendAsync(new StartDelivery(_id));
        await SagaAsync(host, saga => saga.CurrentState == "UnderWay");

        await host.RestartAsync();
        await host.SendAsync(new AddStop(_id));

        var saga = await SagaAsync(host, saga => saga.Stops == 1);
        saga.Reminders.ShouldBe(0);
    }
}
