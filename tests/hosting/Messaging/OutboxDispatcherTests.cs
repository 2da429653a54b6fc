using System.Collections.Concurrent;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Testing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Messaging;

/// <summary>How the outbox is worked off when the bus goes away.</summary>
public sealed class OutboxDispatcherTests
{
    [Fact]
    public async Task A_bus_that_goes_away_amid_a_batch_is_spared_the_rest_until_it_is_back()
    {
        var heard = new Heard();
        var transport = new FaintingTransport("30");
        await using var host = await TestHost.StartAsync(module =>
        {
            module.Services.AddSingleton(heard);
            module.Services.AddSingleton<ITransport>(transport);
            module.AddConsumer<LostAndFoundConsumer>();
        });

        await AnnouncementTests.PublishAsync(host, [.. Texts(1, 100).Select(why => new ParcelLost("shop", why))]);

        await Eventually.TrueAsync(async () =>
            !await host.WithStoreAsync((store, _) => store.Set<OutboxMessage>().AnyAsync())
        );
        // The group of what made it faint was on its way already, and what it took is not sent again.
        transport.Tried.ShouldBe([.. Texts(1, 50), "30", .. Texts(51, 50)]);
        await Eventually.TrueAsync(() =>
            heard.Messages.OfType<ParcelLost>().Select(lost => lost.Why).Distinct().Count() == 100
        );
    }

    private static IEnumerable<string> Texts(int first, int count) =>
        Enumerable.Range(first, count).Select(number => $"{number}");

    /// <summary>Is away once, when it is to tell of a certain event.</summary>
    private sealed class FaintingTransport(string when) : AlteredTransport
    {
        private bool _hasFainted;

        public ConcurrentQueue<string> Tried { get; } = [];

        public override Task AnnounceAsync(IBus bus, Announcement announcement, CancellationToken cancellation)
        {
            var why = ((ParcelLost)announcement.Event).Why;
            Tried.Enqueue(why);
            if (why != when || _hasFainted)
            {
                return Task.CompletedTask;
            }

            _hasFainted = true;
            return Task.FromException(new IOException("The connection is gone."));
        }

        public override bool IsUnavailable(Exception exception) => exception is IOException;
    }
}
