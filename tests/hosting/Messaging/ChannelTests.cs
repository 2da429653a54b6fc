using Canary.Hosting.Tests.Migrations.PostgreSql;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Messaging;

/// <summary>Channels that the broker closes.</summary>
public sealed class ChannelTests(Servers servers)
{
    [Fact]
    public async Task A_queue_is_received_from_though_its_channel_was_closed_while_much_was_asked_on_it()
    {
        var closed = new ClosedWhileAsked();

        // Has started when it is ready to receive.
        await using var host = await TestHost.StartAsync(
            servers,
            module =>
            {
                module.Services.AddSingleton(new Heard());
                module.AddConsumer<WeighParcelConsumer>(endpoint =>
                    ((IRabbitMqReceiveEndpointConfigurator)endpoint).ConfigureChannel(channel =>
                        channel.UseFilter(closed)
                    )
                );
            }
        );

        closed.Channels.ShouldBeGreaterThan(1);
    }

    /// <summary>On the first channel, the first question is one for which the broker closes it.</summary>
    private sealed class ClosedWhileAsked : IFilter<ChannelContext>
    {
        /// <summary>Enough for some to be waiting still when the channel is disposed.</summary>
        private const int Questions = 2000;

        public int Channels { get; private set; }

        public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
        {
            if (++Channels == 1)
            {
                await Task.WhenAll(
                    Enumerable
                        .Range(0, Questions)
                        .Select(question => DeclareAsync(context, question == 0 ? "topic" : "fanout"))
                );
            }

            await next.Send(context);
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope(nameof(ClosedWhileAsked));

        private static Task DeclareAsync(ChannelContext context, string type) =>
            context.ExchangeDeclare(
                "amq.fanout",
                type,
                durable: true,
                autoDelete: false,
                null,
                context.CancellationToken
            );
    }
}
