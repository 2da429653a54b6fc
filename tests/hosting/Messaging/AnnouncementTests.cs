using System.Text.Json.Nodes;
using Canary.Contracts;
using Canary.Durability.Storage;
using Canary.Testing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Messaging;

/// <summary>The world outside is told of events.</summary>
public sealed class AnnouncementTests(Servers servers)
{
    private readonly Heard _heard = new();

    [Fact]
    public async Task A_program_that_is_not_dotnet_reads_events_by_what_they_are_about()
    {
        await using var host = await StartAsync();
        using var reader = await EventReader.StartAsync(
            await servers.RabbitAsync(),
            host.VirtualHost,
            "shop.*",
            "#.parcel-lost",
            "_.*"
        );

        await PublishAsync(
            host,
            new ParcelPosted("shop", Guid.NewGuid()),
            new ParcelPosted("shop.eu", Guid.NewGuid()),
            new ParcelLost("g++.eu", "rain"),
            new DepotOpened("north")
        );

        await Eventually.TrueAsync(() => reader.Events.Count == 3);
        var events = reader.Events.ToDictionary(it => it.Key);
        events.Keys.ShouldBe(["shop.parcel-posted", "g++.eu.parcel-lost", "_.depot-opened"], ignoreOrder: true);

        var lost = events["g++.eu.parcel-lost"];
        lost["specversion"].ShouldBe("1.0");
        lost["type"].ShouldBe("canary.parcel-lost");
        lost["source"].ShouldBe("/canary/parcels");
        lost["subject"].ShouldBe("g++.eu");
        lost["datacontenttype"].ShouldBe("application/json");
        Guid.TryParse(lost["id"], out _).ShouldBeTrue();
        DateTimeOffset.TryParse(lost["time"], out _).ShouldBeTrue();
        JsonNode
            .DeepEquals(lost.Json["data"], JsonNode.Parse("""{ "application": "g++.eu", "why": "rain" }"""))
            .ShouldBeTrue(lost.Text);
        events["_.depot-opened"]["subject"].ShouldBeNull();
    }

    [Fact]
    public async Task What_a_consumer_publishes_is_told_as_well()
    {
        await using var host = await StartAsync();
        using var reader = await EventReader.StartAsync(await servers.RabbitAsync(), host.VirtualHost, "#");

        await host.SendAsync(new SearchParcel("shop"));

        await Eventually.TrueAsync(() => reader.Events.Count == 1);
        reader.Events[0].Key.ShouldBe("shop.parcel-lost");
    }

    [Fact]
    public async Task An_event_has_the_id_of_its_message_and_survives_a_restart_of_the_broker()
    {
        await using var host = await StartAsync();
        var rabbit = await servers.RabbitAsync();
        await rabbit.SpyOnAsync(host.VirtualHost, "parcel-lost", "services");
        await PublishAsync(host, new DepotOpened("north"));
        await Eventually.TrueAsync(async () => await HasExchangeAsync(host));
        await rabbit.BindAsync(host.VirtualHost, EventReader.Exchange, "#", "outside");

        await PublishAsync(host, new ParcelLost("shop", "rain"));

        await OutboxIsEmptyAsync(host);
        var outside = (await rabbit.TakeAsync(host.VirtualHost, "outside", 10)).Single();
        var inside = (await rabbit.TakeAsync(host.VirtualHost, "services", 10)).Single();
        var properties = outside["properties"]!;
        ((string)properties["content_type"]!).ShouldBe("application/cloudevents+json");
        ((int)properties["delivery_mode"]!).ShouldBe(2);
        ((string)properties["message_id"]!).ShouldBe((string)inside["properties"]!["message_id"]!);
        ((string)JsonNode.Parse((string)outside["payload"]!)!["id"]!).ShouldBe((string)properties["message_id"]!);
        var exchange = await rabbit.AskAsync($"exchanges/{host.VirtualHost}/{EventReader.Exchange}");
        ((string)exchange["type"]!).ShouldBe("topic");
        ((bool)exchange["durable"]!).ShouldBeTrue();
        ((bool)exchange["auto_delete"]!).ShouldBeFalse();
    }

    [Fact]
    public async Task An_event_stays_in_the_outbox_until_the_broker_confirms_that_the_world_outside_is_told()
    {
        await using var host = await StartAsync();
        var rabbit = await servers.RabbitAsync();
        await PublishAsync(host, new DepotOpened("north"));
        await OutboxIsEmptyAsync(host);
        await rabbit.SpyOnAsync(host.VirtualHost, "parcel-lost", "services");
        // It takes one event, and refuses the next.
        await rabbit.BindAsync(
            host.VirtualHost,
            EventReader.Exchange,
            "#",
            "full",
            new() { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" }
        );
        await PublishAsync(host, new DepotOpened("south"));
        await OutboxIsEmptyAsync(host);

        await PublishAsync(host, new ParcelLost("shop", "rain"));

        // Sent again, the event shows that it was not confirmed.
        await Eventually.TrueAsync(async () => await rabbit.CountAsync(host.VirtualHost, "services") > 1);
        (await host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().CountAsync())).ShouldBe(1);

        await rabbit.TakeAsync(host.VirtualHost, "full", 1);
        await OutboxIsEmptyAsync(host);
        var told = (await rabbit.TakeAsync(host.VirtualHost, "full", 10)).Single();
        ((string)told["routing_key"]!).ShouldBe("shop.parcel-lost");
    }

    [Fact]
    public async Task An_exchange_that_was_deleted_is_made_again()
    {
        await using var host = await StartAsync();
        var rabbit = await servers.RabbitAsync();
        await PublishAsync(host, new DepotOpened("north"));
        await OutboxIsEmptyAsync(host);

        await rabbit.DeleteAsync($"exchanges/{host.VirtualHost}/{EventReader.Exchange}");
        await PublishAsync(host, new DepotOpened("south"));

        await OutboxIsEmptyAsync(host);
        (await HasExchangeAsync(host)).ShouldBeTrue();
        await rabbit.BindAsync(host.VirtualHost, EventReader.Exchange, "_.depot-opened", "outside");
        await PublishAsync(host, new DepotOpened("west"));
        await OutboxIsEmptyAsync(host);
        (await rabbit.TakeAsync(host.VirtualHost, "outside", 10)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Nobody_is_told_where_no_exchange_is_wanted()
    {
        await using var host = await StartAsync("--hosting:transport:eventsexchange=");

        await PublishAsync(host, new ParcelLost("shop", "rain"));

        await Eventually.TrueAsync(() => _heard.Count<ParcelLost>() == 1);
        await OutboxIsEmptyAsync(host);
        (await HasExchangeAsync(host)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_events_have_in_common_has_no_exchange()
    {
        await using var host = await StartAsync();
        await PublishAsync(host, new ParcelLost("shop", "rain"));
        await OutboxIsEmptyAsync(host);

        (await ExchangesAsync(host))
            .Where(name => name.Length > 0 && !name.StartsWith("amq.", StringComparison.Ordinal))
            .ShouldBe(
                [EventReader.Exchange, "parcel-lost", "parcels-lost-and-found", "search-parcel"],
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task The_in_memory_transport_tells_nobody()
    {
        await using var host = await TestHost.StartAsync(Configure);

        await PublishAsync(host, new ParcelLost("shop", "rain"));

        await Eventually.TrueAsync(() => _heard.Count<ParcelLost>() == 1);
        await OutboxIsEmptyAsync(host);
    }

    private Task<TestHost> StartAsync(params string[] settings) => TestHost.StartAsync(servers, Configure, settings);

    private void Configure(Module<ParcelStore> module)
    {
        module.Services.AddSingleton(_heard);
        module.AddConsumer<LostAndFoundConsumer>();
        module.AddConsumer<SearchParcelConsumer>();
    }

    internal static Task PublishAsync(TestHost host, params object[] events) =>
        host.WithStoreAsync(
            async (store, outbox) =>
            {
                foreach (var @event in events)
                {
                    outbox.Publish(@event);
                }

                await store.SaveChangesAsync();
            }
        );

    private static Task OutboxIsEmptyAsync(TestHost host) =>
        Eventually.TrueAsync(async () =>
            !await host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().AnyAsync())
        );

    private async Task<bool> HasExchangeAsync(TestHost host) =>
        (await ExchangesAsync(host)).Contains(EventReader.Exchange);

    private async Task<IReadOnlyList<string>> ExchangesAsync(TestHost host) =>
        [
            .. (await (await servers.RabbitAsync()).AskAsync($"exchanges/{host.VirtualHost}"))
                .AsArray()
                .Select(exchange => (string)exchange!["name"]!),
        ];
}

public sealed record ParcelPosted(string Application, Guid Parcel) : IApplicationEvent;

public sealed record ParcelLost(string Application, string Why) : IApplicationEvent;

public sealed record DepotOpened(string Name) : IEvent;

[Queue("search-parcel")]
public sealed record SearchParcel(string Application);

public sealed class SearchParcelConsumer : IConsumer<SearchParcel>
{
    public Task Consume(ConsumeContext<SearchParcel> context) =>
        context.Publish(new ParcelLost(context.Message.Application, "nobody knows"));
}

public sealed class LostAndFoundConsumer(Heard heard) : IConsumer<ParcelLost>
{
    public Task Consume(ConsumeContext<ParcelLost> context)
    {
        heard.Messages.Enqueue(context.Message);
        return Task.CompletedTask;
    }
}
