using Canary.Durability.Messaging;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Canary.Hosting.Tests.Messaging;

/// <summary>Messages whose consumers die (docs/adr/0014).</summary>
public sealed class RedeliveryTests(Servers servers)
{
    private readonly Heard _heard = new();

    [Fact]
    public async Task A_message_whose_consumers_died_more_often_than_a_broker_allows_by_default_is_handled_all_the_same()
    {
        var rabbit = await servers.RabbitAsync();
        var settings = await servers.NewSettingsAsync();
        TransportOptions options;
        string virtualHost;
        await using (var host = await StartAsync(settings))
        {
            options = host.Services.GetRequiredService<IOptions<TransportOptions>>().Value;
            virtualHost = host.VirtualHost;
        }

        await SendToNobodyAsync(options);
        for (var death = 0; death < 25; death++)
        {
            await DieHoldingAsync(options);
        }

        var queue = await rabbit.AskAsync($"queues/{virtualHost}/weigh-parcel");
        ((long)queue["arguments"]!["x-delivery-limit"]!).ShouldBeGreaterThan(10_000);
        await using var heir = await StartAsync(settings);
        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);
    }

    private Task<TestHost> StartAsync(IEnumerable<string> settings) =>
        TestHost.StartAsync(
            module =>
            {
                module.Services.AddSingleton(_heard);
                module.AddConsumer<WeighParcelConsumer>();
                module.AddConsumer<ListenerConsumer>();
            },
            [.. settings]
        );

    private static async Task SendToNobodyAsync(TransportOptions options)
    {
        var id = Guid.NewGuid();
        await using var connection = await ConnectAsync(options);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(true, true),
            TestContext.Current.CancellationToken
        );
        await channel.BasicPublishAsync(
            "",
            "weigh-parcel",
            mandatory: true,
            new BasicProperties
            {
                ContentType = "application/vnd.masstransit+json",
                MessageId = id.ToString(),
                Persistent = true,
            },
            System.Text.Encoding.UTF8.GetBytes(
                $$"""
                {
                  "messageId": "{{id}}",
                  "messageType": ["urn:message:{{typeof(WeighParcel).Namespace}}:{{nameof(WeighParcel)}}"],
                  "message": { "id": "{{Guid.NewGuid()}}" }
                }
                """
            ),
            TestContext.Current.CancellationToken
        );
    }

    private static async Task DieHoldingAsync(TransportOptions options)
    {
        await using var connection = await ConnectAsync(options);
        await using var channel = await connection.CreateChannelAsync(
            cancellationToken: TestContext.Current.CancellationToken
        );
        // It comes back a moment after the one who held it has gone.
        await Eventually.TrueAsync(async () =>
            await channel.BasicGetAsync("weigh-parcel", autoAck: false, TestContext.Current.CancellationToken)
                is not null
        );
    }

    private static Task<IConnection> ConnectAsync(TransportOptions options) =>
        RabbitMqConnections
            .Factory(options)
            .CreateConnectionAsync(
                RabbitMqConnections.Nodes(options),
                "canary-test",
                TestContext.Current.CancellationToken
            );
}
