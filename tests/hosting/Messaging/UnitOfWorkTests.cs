using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Testing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Messaging;

public abstract class UnitOfWorkTests(IBackend backend) : IAsyncLifetime
{
    private readonly Heard _heard = new();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await TestHost.StartAsync(
            backend,
            module =>
            {
                module.Services.AddSingleton(_heard);
                module.AddConsumer<WeighParcelConsumer>();
                module.AddConsumer<ListenerConsumer>();
            }
        );

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task What_a_consumer_changes_and_what_it_publishes_arrive_together()
    {
        var id = Guid.NewGuid();

        await _host.SendAsync(new WeighParcel(id));

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
        var parcel = await _host.WithStoreAsync((store, _) => store.Parcels.SingleAsync());
        parcel.Weighings.ShouldBe(1);
        parcel.Stamps.ShouldBe(["weighed"]);
    }

    [Fact]
    public async Task A_message_that_comes_twice_is_handled_once()
    {
        var id = Guid.NewGuid();
        var messageId = NewId.NextGuid();
        var address = _host.Services.GetRequiredService<ITransport>().AddressOf("weigh-parcel");
        var endpoint = await _host.Services.GetRequiredService<IBus>().GetSendEndpoint(address);

        await endpoint.Send(new WeighParcel(id), context => context.MessageId = messageId);
        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
        await endpoint.Send(new WeighParcel(id), context => context.MessageId = messageId);
        await _host.SendAsync(new WeighParcel(id));

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 2);
        (await _host.WithStoreAsync((store, _) => store.Parcels.SingleAsync())).Weighings.ShouldBe(2);
    }

    [Fact]
    public async Task A_consumer_that_fails_leaves_nothing_behind()
    {
        var broken = Guid.NewGuid();
        var whole = Guid.NewGuid();

        await _host.SendAsync(new WeighParcel(broken, Breaks: true));
        await _host.SendAsync(new WeighParcel(whole));

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
        _heard.Messages.Cast<ParcelWeighed>().Single().Id.ShouldBe(whole);
        (await _host.WithStoreAsync((store, _) => store.Parcels.SingleAsync())).Id.ShouldBe(whole);
    }

    [Fact]
    public async Task Messages_for_the_same_row_at_once_lose_no_update()
    {
        var id = Guid.NewGuid();

        await _host.SendAsync([.. Enumerable.Range(0, 20).Select(_ => new WeighParcel(id))]);

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 20);
    }

    [Fact]
    public async Task A_message_leaves_the_outbox_once_the_bus_has_it()
    {
        await _host.SendAsync(new WeighParcel(Guid.NewGuid()));

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
        await Eventually.TrueAsync(async () =>
            !await _host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().AnyAsync())
        );
    }

    [Fact]
    public async Task A_committed_message_survives_the_end_of_the_host()
    {
        var id = Guid.NewGuid();

        await _host.RestartAsync(async store =>
        {
            new Outbox<ParcelStore>(store, _host.Services.GetRequiredService<StoreClock>()).Send(new WeighParcel(id));
            await store.SaveChangesAsync();
        });

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
    }

    [Fact]
    public async Task A_message_with_a_later_time_waits_for_it()
    {
        await _host.WithStoreAsync(
            async (store, outbox) =>
            {
                outbox.Send(new WeighParcel(Guid.NewGuid()), DateTimeOffset.MaxValue);
                outbox.Send(new WeighParcel(Guid.NewGuid()));
                await store.SaveChangesAsync();
            }
        );

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
        List<DateTimeOffset> left = [];
        await Eventually.TrueAsync(async () =>
        {
            left = await _host.WithStoreAsync(
                (store, _) => store.Set<OutboxMessage>().Select(row => row.NotBefore).ToListAsync()
            );
            return left.Count == 1;
        });
        left.ShouldBe([DateTimeOffset.MaxValue]);
    }
}

public sealed class EmbeddedUnitOfWorkTests() : UnitOfWorkTests(new Embedded());

public sealed class SharedUnitOfWorkTests(Servers servers) : UnitOfWorkTests(servers);
