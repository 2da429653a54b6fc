using Canary.Durability.Jobs;
using Canary.Durability.Storage;
using Canary.Hosting.Tests.Jobs;
using Canary.Testing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Messaging;

/// <summary>Several hosts of one service on the same broker and database.</summary>
public sealed class ReplicaTests(Servers servers)
{
    private readonly Heard _heard = new();
    private readonly Carrier _carrier = new();
    private readonly Guid _id = Guid.NewGuid();

    [Fact]
    public async Task Replicas_hand_each_message_over_once()
    {
        const int count = 1000;
        await using var host = await StartAsync();
        await host.StartReplicaAsync();
        var rabbit = await servers.RabbitAsync();
        await rabbit.SpyOnAsync(host.VirtualHost, "parcel-weighed", "spy");

        await Parallel.ForEachAsync(
            Enumerable.Range(0, count / 20),
            async (_, _) =>
                await host.WithStoreAsync(
                    async (store, outbox) =>
                    {
                        for (var i = 0; i < 20; i++)
                        {
                            outbox.Publish(new ParcelWeighed(Guid.NewGuid()));
                        }

                        await store.SaveChangesAsync();
                    }
                )
        );

        await OutboxIsEmptyAsync(host);
        var messages = await rabbit.TakeAsync(host.VirtualHost, "spy", 2 * count);
        messages.Count.ShouldBe(count);
        messages.Select(message => (string)message["properties"]!["message_id"]!).Distinct().Count().ShouldBe(count);
    }

    [Fact]
    public async Task What_a_lost_replica_was_handing_over_another_one_does()
    {
        await using var host = await StartAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<ParcelStore>();
        await TakeLikeAReplicaAsync(host, store);

        // As when its process is killed.
        var session = (Npgsql.NpgsqlConnection)store.Database.GetDbConnection();
        await (await servers.PostgresAsync()).QueryAsync(
            session.Database,
            $"SELECT pg_terminate_backend({session.ProcessID})"
        );

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
    }

    [Fact]
    public async Task What_a_frozen_replica_was_handing_over_another_one_does()
    {
        await using var host = await StartAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<ParcelStore>();

        // It takes the message, and is not heard of again; its connection stays.
        await TakeLikeAReplicaAsync(host, store);

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1, TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task A_commit_at_a_busy_replica_wakes_an_idle_one()
    {
        await using var host = await TestHost.StartAsync(
            servers,
            ConfigureJobs,
            "--parcels:jobs:lease=01:00:00",
            "--parcels:jobs:concurrency=1"
        );
        var replica = await host.StartReplicaAsync();
        await host.SendAsync(new CarryParcel(Guid.NewGuid(), "slowly"));
        await Eventually.TrueAsync(() => _carrier.Log.Contains("started"));
        var busy = ((TestHost[])[host, replica]).Single(it =>
            it.Services.GetRequiredKeyedService<RunningJobs<ParcelStore>>(JobLane.General.Name).Ids.Count > 0
        );

        await busy.WithStoreAsync(
            async (store, _) =>
            {
                store.Set<Job>().Add(Pending(new CarryParcel(_id, "well")));
                await store.SaveChangesAsync();
            }
        );

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
    }

    [Fact]
    public async Task A_job_stops_when_it_is_cancelled_at_another_replica()
    {
        await using var host = await TestHost.StartAsync(servers, ConfigureJobs, "--parcels:jobs:lease=01:00:00");
        await host.SendAsync(new CarryParcel(_id, "slowly"));
        await Eventually.TrueAsync(() => _carrier.Log.Contains("started"));
        await host.StartReplicaAsync(module =>
        {
            ConfigureJobs(module);
            module.AddJobCancellation<CarryParcel, DropParcel>(command => command.JobId);
        });

        await host.SendAsync(new DropParcel(_id));

        await Eventually.TrueAsync(() => _carrier.Log.Contains("stopped"));
    }

    [Fact]
    public async Task The_job_of_a_worker_that_is_gone_is_done_by_another_one()
    {
        await using var host = await TestHost.StartAsync(servers, ConfigureJobs, "--parcels:jobs:lease=00:00:01");
        var left = Pending(new CarryParcel(_id, "well"));
        left.State = JobState.Running;
        left.LeaseOwner = "a process that was killed";
        left.LeaseUntil = TimeProvider.System.GetUtcNow().AddSeconds(1);

        await host.WithStoreAsync(
            async (store, _) =>
            {
                store.Set<Job>().Add(left);
                await store.SaveChangesAsync();
            }
        );

        await Eventually.TrueAsync(() => _carrier.Outcomes.Count == 1);
        _carrier.Outcomes.Single().ShouldBe(new ParcelCarried(_id, 1));
    }

    [Fact]
    public async Task A_message_that_cannot_be_handled_ends_in_the_error_queue_and_holds_nothing_up()
    {
        await using var host = await StartAsync();
        var rabbit = await servers.RabbitAsync();

        await host.SendAsync(new WeighParcel(Guid.NewGuid(), Breaks: true));
        await host.SendAsync([.. Enumerable.Range(0, 20).Select(_ => new WeighParcel(Guid.NewGuid()))]);

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 20);
        await Eventually.TrueAsync(async () => await rabbit.CountAsync(host.VirtualHost, "weigh-parcel_error") == 1);
        var error = (await rabbit.TakeAsync(host.VirtualHost, "weigh-parcel_error", 1)).Single();
        ((string)error["properties"]!["headers"]!["MT-Fault-Message"]!).ShouldBe("The scales broke.");
    }

    [Fact]
    public async Task Queues_are_quorum_queues_and_all_names_read_well()
    {
        await using var host = await StartAsync();
        await host.SendAsync(new WeighParcel(Guid.NewGuid(), Breaks: true));
        var rabbit = await servers.RabbitAsync();
        await Eventually.TrueAsync(async () => await rabbit.CountAsync(host.VirtualHost, "weigh-parcel_error") == 1);

        var queues = (await rabbit.AskAsync($"queues/{host.VirtualHost}")).AsArray();
        queues.Select(queue => (string)queue!["type"]!).ShouldAllBe(type => type == "quorum");
        queues
            .Select(queue => (string)queue!["name"]!)
            .ShouldBe(["parcels-listener", "weigh-parcel", "weigh-parcel_error"], ignoreOrder: true);
        (await rabbit.AskAsync($"exchanges/{host.VirtualHost}"))
            .AsArray()
            .Select(exchange => (string)exchange!["name"]!)
            .Where(name => name.Length > 0 && !name.StartsWith("amq.", StringComparison.Ordinal))
            .ShouldBe(
                ["delivery-finished", "parcel-weighed", "parcels-listener", "weigh-parcel", "weigh-parcel_error"],
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task A_command_waits_in_the_outbox_until_its_queue_exists()
    {
        await using var host = await TestHost.StartAsync(servers, module => module.Services.AddSingleton(_heard));
        await host.SendAsync(new WeighParcel(_id));
        await Eventually.TrueAsync(async () =>
            await host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().AnyAsync(row => row.Attempts > 0))
        );

        await host.StartReplicaAsync(Configure);

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
    }

    private void ConfigureJobs(Module<ParcelStore> module)
    {
        module.Services.AddSingleton(_carrier);
        module.AddJob<CarryParcelHandler, CarryParcel>(command => command.JobId);
        module.AddConsumer<CarrierListenerConsumer>();
    }

    private Task<TestHost> StartAsync() => TestHost.StartAsync(servers, Configure);

    private void Configure(Module<ParcelStore> module)
    {
        module.Services.AddSingleton(_heard);
        module.AddConsumer<WeighParcelConsumer>();
        module.AddConsumer<ListenerConsumer>();
    }

    /// <summary>A replica whose clock is ahead takes a message that is not due yet, so that it is certain to be first.</summary>
    private static async Task TakeLikeAReplicaAsync(TestHost host, ParcelStore store)
    {
        var due = TimeProvider.System.GetUtcNow().AddSeconds(2);
        store.Set<OutboxMessage>().Add(OutboxMessage.For(new ParcelWeighed(Guid.NewGuid()), queue: null, due));
        await store.SaveChangesAsync();

        var storage = host.Services.GetRequiredService<IStorage>();
        await storage.BeginHandOverAsync(store, CancellationToken.None);
        (await storage.DueMessages(store, due.AddMinutes(1), 10).ToListAsync()).Count.ShouldBe(1);
    }

    private static Job Pending(CarryParcel command) =>
        new()
        {
            Id = command.JobId,
            Kind = MessageTypes.NameOf(typeof(CarryParcel)),
            Command = OutboxMessage.Serialize(command),
            State = JobState.Pending,
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };

    private static Task OutboxIsEmptyAsync(TestHost host) =>
        Eventually.TrueAsync(async () =>
            !await host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().AnyAsync())
        );
}
