using Canary.Durability.Messaging;
using Canary.Failures;
using Canary.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Messaging;

/// <summary>What people do about messages that a consumer gave up on.</summary>
public sealed class ErrorQueueTests(Servers servers)
{
    private readonly Heard _heard = new();
    private readonly Scales _scales = new();

    [Fact]
    public async Task A_message_that_failed_is_listed_with_its_fault_and_stays()
    {
        await using var host = await StartAsync();
        var parcel = Guid.NewGuid();
        await FailAsync(host, parcel);
        var queues = QueuesOf(host);

        // More often than a broker may allow a message to be given back.
        for (var i = 0; i < 25; i++)
        {
            var list = await queues.ListAsync(queue: null, limit: 10, CancellationToken.None);
            list.Total.ShouldBe(1);
            var message = list.Messages.Single();
            message.Queue.ShouldBe("weigh-parcel");
            message.Type.ShouldBe("WeighParcel");
            message.Fault.ShouldBe(typeof(CanaryException).FullName);
            message.Reason.ShouldBe("The scales broke.");
            message.FailedAt.ShouldNotBeNull();
            ((string)message.Body!["message"]!["id"]!).ShouldBe(parcel.ToString());
        }

        (await queues.CountAsync(CancellationToken.None)).ShouldBe(1);
    }

    [Fact]
    public async Task A_retry_succeeds_when_the_cause_is_repaired()
    {
        await using var host = await StartAsync();
        var parcel = Guid.NewGuid();
        await FailAsync(host, parcel);
        var queues = QueuesOf(host);
        var id = (await queues.ListAsync("weigh-parcel", 10, CancellationToken.None)).Messages.Single().Id;
        (await host.WithStoreAsync(async (store, _) => await store.Parcels.FindAsync(parcel))).ShouldBeNull();

        _scales.AreBroken = false;
        (await queues.RetryAsync(id, "weigh-parcel", CancellationToken.None))!.Id.ShouldBe(id);

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
        (await queues.CountAsync(CancellationToken.None)).ShouldBe(0);
        (await host.WithStoreAsync(async (store, _) => await store.Parcels.FindAsync(parcel)))!.Weighings.ShouldBe(1);
    }

    [Fact]
    public async Task A_retry_that_fails_again_comes_back_with_its_new_fault()
    {
        await using var host = await StartAsync();
        await FailAsync(host, Guid.NewGuid());
        var queues = QueuesOf(host);
        var first = (await queues.ListAsync(queue: null, 10, CancellationToken.None)).Messages.Single();

        _scales.Fault = "The scales are lost.";
        await queues.RetryAsync(first.Id, queue: null, CancellationToken.None);

        await Eventually.TrueAsync(async () => await queues.CountAsync(CancellationToken.None) == 1);
        var again = (await queues.ListAsync(queue: null, 10, CancellationToken.None)).Messages.Single();
        again.Id.ShouldBe(first.Id);
        again.Reason.ShouldBe("The scales are lost.");
    }

    [Fact]
    public async Task A_discarded_message_is_gone_and_the_others_stay()
    {
        await using var host = await StartAsync();
        await FailAsync(host, Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var queues = QueuesOf(host);
        var all = (await queues.ListAsync(queue: null, 10, CancellationToken.None)).Messages;

        (await queues.DiscardAsync(all[1].Id, queue: null, CancellationToken.None)).ShouldNotBeNull();

        (await queues.DiscardAsync(all[1].Id, queue: null, CancellationToken.None)).ShouldBeNull();
        (await queues.ListAsync(queue: null, 10, CancellationToken.None))
            .Messages.Select(message => message.Id)
            .ShouldBe([all[0].Id, all[2].Id], ignoreOrder: true);
    }

    [Fact]
    public async Task A_list_ends_at_its_limit_and_tells_how_many_there_are()
    {
        await using var host = await StartAsync();
        await FailAsync(host, Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

        var list = await QueuesOf(host).ListAsync(queue: null, limit: 2, CancellationToken.None);

        list.Messages.Count.ShouldBe(2);
        list.Total.ShouldBe(3);
    }

    [Fact]
    public async Task Operators_at_the_same_time_neither_repeat_nor_lose_a_message()
    {
        const int count = 12;
        await using var host = await StartAsync();
        var replica = await host.StartReplicaAsync();
        await FailAsync(host, [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())]);
        var ids = (await QueuesOf(host).ListAsync(queue: null, count, CancellationToken.None))
            .Messages.Select(message => message.Id)
            .ToList();
        _scales.AreBroken = false;

        var retried = await Task.WhenAll(
            ((TestHost[])[host, replica]).Select(async it =>
            {
                var mine = 0;
                foreach (var id in ids)
                {
                    mine += await QueuesOf(it).RetryAsync(id, "weigh-parcel", CancellationToken.None) is null ? 0 : 1;
                }

                return mine;
            })
        );

        retried.Sum().ShouldBe(count);
        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == count);
        _heard.Messages.OfType<ParcelWeighed>().Distinct().Count().ShouldBe(count);
        (await QueuesOf(host).CountAsync(CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task The_in_memory_transport_keeps_none()
    {
        await using var host = await TestHost.StartAsync(Configure);
        var queues = QueuesOf(host);

        (await queues.ListAsync(queue: null, 10, CancellationToken.None)).Total.ShouldBe(0);
        (await queues.RetryAsync(Guid.NewGuid(), queue: null, CancellationToken.None)).ShouldBeNull();
    }

    private static IErrorQueues QueuesOf(TestHost host) => host.Services.GetRequiredService<IErrorQueues>();

    private static async Task FailAsync(TestHost host, params Guid[] parcels)
    {
        await host.SendAsync([.. parcels.Select(id => new WeighParcel(id))]);
        await Eventually.TrueAsync(async () =>
            await QueuesOf(host).CountAsync(CancellationToken.None) == parcels.Length
        );
    }

    private Task<TestHost> StartAsync() => TestHost.StartAsync(servers, Configure);

    private void Configure(Module<ParcelStore> module)
    {
        module.Services.AddSingleton(_heard);
        module.Services.AddSingleton(_scales);
        module.AddConsumer<WeighOnScalesConsumer>();
        module.AddConsumer<ListenerConsumer>();
    }

    /// <summary>What a person can repair.</summary>
    public sealed class Scales
    {
        public bool AreBroken { get; set; } = true;

        public string Fault { get; set; } = "The scales broke.";
    }

    public sealed class WeighOnScalesConsumer(ParcelStore store, Scales scales) : IConsumer<WeighParcel>
    {
        public async Task Consume(ConsumeContext<WeighParcel> context)
        {
            store.Add(new Parcel { Id = context.Message.Id, Weighings = 1 });
            await context.Publish(new ParcelWeighed(context.Message.Id));
            if (scales.AreBroken)
            {
                throw new CanaryException("scales-broken", scales.Fault, "Buy new ones.");
            }
        }
    }
}
