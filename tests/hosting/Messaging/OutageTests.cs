using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Hosting.Tests.Migrations.PostgreSql;
using Canary.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Messaging;

/// <summary>Broker and database go away and come back.</summary>
public sealed class OutageTests(OutageTests.OwnServers own) : IClassFixture<OutageTests.OwnServers>
{
    private readonly Heard _heard = new();

    [Fact]
    public async Task What_is_committed_while_the_broker_is_away_goes_out_when_it_is_back()
    {
        await using var host = await StartAsync();
        // A queue that was made the moment before a crash does not survive it on RabbitMQ 3.10: let it be written.
        await own.Rabbit.StopAsync();
        await own.Rabbit.StartAgainAsync();
        await host.ReadyAsync();

        await own.Rabbit.KillAsync();
        await Eventually.TrueAsync(async () => await IsReadyAsync(host, "broker") == false);
        await host.SendAsync([.. Enumerable.Range(0, 50).Select(_ => new WeighParcel(Guid.NewGuid()))]);
        (await IsReadyAsync(host, "database")).ShouldBe(true);
        await own.Rabbit.StartAgainAsync();

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 50);
        await Eventually.TrueAsync(async () => await IsReadyAsync(host, "broker") == true);
        (await own.Rabbit.QueuesAsync(host.VirtualHost)).ShouldNotContain(queue => queue.Contains("_error"));
    }

    [Fact]
    public async Task The_world_outside_is_told_of_what_was_committed_while_the_broker_was_away()
    {
        await using var host = await StartAsync();
        await AnnouncementTests.PublishAsync(host, new DepotOpened("north"));
        await Eventually.TrueAsync(async () =>
            !await host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().AnyAsync())
        );
        await own.Rabbit.BindAsync(host.VirtualHost, EventReader.Exchange, "#", "outside");
        await own.Rabbit.StopAsync();
        await own.Rabbit.StartAgainAsync();

        await own.Rabbit.KillAsync();
        await AnnouncementTests.PublishAsync(host, new ParcelLost("shop", "rain"), new ParcelLost("shop", "snow"));
        await own.Rabbit.StartAgainAsync();

        // One may come twice when the broker goes away, with the same id.
        var told = new HashSet<string>();
        await Eventually.TrueAsync(async () =>
        {
            foreach (var message in await own.Rabbit.TakeAsync(host.VirtualHost, "outside", atMost: 10))
            {
                told.Add((string)JsonNode.Parse((string)message["payload"]!)!["id"]!);
            }

            return told.Count == 2;
        });
    }

    [Fact]
    public async Task A_message_that_comes_while_the_database_is_away_is_handled_when_it_is_back()
    {
        await using var host = await StartAsync();
        var address = host.Services.GetRequiredService<ITransport>().AddressOf("weigh-parcel");
        var queue = await host.Services.GetRequiredService<IBus>().GetSendEndpoint(address);

        await own.Postgres.KillAsync();
        await Eventually.TrueAsync(async () => await IsReadyAsync(host, "database") == false);
        (await IsReadyAsync(host, "broker")).ShouldBe(true);
        await queue.SendBatch(Enumerable.Range(0, 50).Select(_ => new WeighParcel(Guid.NewGuid())));
        await own.Postgres.StartAgainAsync();

        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 50);
        (await host.WithStoreAsync((store, _) => store.Parcels.CountAsync())).ShouldBe(50);
        (await own.Rabbit.QueuesAsync(host.VirtualHost)).ShouldNotContain(name => name.Contains("_error"));
    }

    [Fact]
    public async Task A_burst_survives_connections_that_are_cut()
    {
        await using var host = await StartAsync();
        await host.StartReplicaAsync();

        for (var round = 0; round < 3; round++)
        {
            await host.SendAsync([.. Enumerable.Range(0, 100).Select(_ => new WeighParcel(Guid.NewGuid()))]);
            await own.Rabbit.CutConnectionsAsync(host.VirtualHost);
        }

        await Eventually.TrueAsync(async () =>
            await host.WithStoreAsync((store, _) => store.Parcels.CountAsync(parcel => parcel.Weighings == 1)) == 300
        );
        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() >= 300);
        (await own.Rabbit.QueuesAsync(host.VirtualHost)).ShouldNotContain(name => name.Contains("_error"));
    }

    [Fact]
    public async Task Starters_wait_for_the_database_and_make_its_tables_once()
    {
        var settings = await own.NewSettingsAsync();
        await own.Postgres.KillAsync();
        var starters = Enumerable.Range(0, 4).Select(_ => new Starter(settings)).ToList();
        try
        {
            await Task.WhenAll(starters.Select(starter => starter.App.StartAsync()));
            starters.ShouldAllBe(starter => !starter.Readiness.IsReady);
            await own.Postgres.StartAgainAsync();

            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
            await Task.WhenAll(starters.Select(starter => starter.Readiness.WhenReadyAsync(patience.Token)));
            await using var scope = starters[0].App.Services.CreateAsyncScope();
            var store = scope.ServiceProvider.GetRequiredService<CrateStore>();
            (await store.Database.GetAppliedMigrationsAsync()).ShouldBe([MakeCrates.Id]);
            (
                await store.Database.SqlQuery<string>($"SELECT name AS \"Value\" FROM crates.crates").ToListAsync()
            ).ShouldBe(["the first"]);
        }
        finally
        {
            await Task.WhenAll(starters.Select(async starter => await starter.DisposeAsync()));
        }
    }

    private Task<TestHost> StartAsync() =>
        TestHost.StartAsync(
            own,
            module =>
            {
                module.Services.AddSingleton(_heard);
                module.AddConsumer<WeighParcelConsumer>();
                module.AddConsumer<ListenerConsumer>();
            }
        );

    private static async Task<bool?> IsReadyAsync(TestHost host, string what)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(host.Address, "health/ready"));
        var report = await answer.Content.ReadFromJsonAsync<JsonNode>();
        return report!["checks"]![what]?["status"] is { } status ? (string)status! == "ready" : null;
    }

    /// <summary>Servers that no other test depends on.</summary>
    public sealed class OwnServers : IBackend, IAsyncLifetime
    {
        public PostgresServer Postgres { get; private set; } = null!;

        public RabbitMqServer Rabbit { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var postgres = PostgresServer.StartAsync();
            var rabbit = RabbitMqServer.StartAsync();
            (Postgres, Rabbit) = (await postgres, await rabbit);
        }

        public async Task<IReadOnlyList<string>> NewSettingsAsync() =>
            Servers.SettingsFor(
                Postgres,
                await Postgres.NewDatabaseAsync(),
                Rabbit,
                await Rabbit.NewVirtualHostAsync()
            );

        public async ValueTask DisposeAsync()
        {
            await Postgres.DisposeAsync();
            await Rabbit.DisposeAsync();
        }
    }

    private sealed class Starter : IAsyncDisposable
    {
        private readonly TempDirectory _data = new();

        public Starter(IEnumerable<string> settings)
        {
            var builder = CanaryHost.CreateBuilder([
                "--hosting:listen=http://127.0.0.1:0",
                $"--hosting:data={_data.Path}",
                .. settings,
            ]);
            builder.AddModule<CrateStore>("crates", _ => { });
            App = builder.Build();
        }

        public WebApplication App { get; }

        public StoreReadiness<CrateStore> Readiness => App.Services.GetRequiredService<StoreReadiness<CrateStore>>();

        public async ValueTask DisposeAsync()
        {
            await App.StopAsync();
            await App.DisposeAsync();
            _data.Dispose();
        }
    }
}
