using System.Diagnostics;
using RabbitMQ.Client;

namespace Canary.Benchmarks.Webhooks;

/// <summary>The client library alone: as many publishes as may await their confirmation at once.</summary>
internal static class RawPublisher
{
    /// <returns>Confirmed publishes a second.</returns>
    public static async Task<double> RunAsync(
        Uri broker,
        string queue,
        int bytes,
        int count,
        int outstanding,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(
            cancellationToken
        );
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(
                publisherConfirmationsEnabled: true,
                publisherConfirmationTrackingEnabled: true,
                outstandingPublisherConfirmationsRateLimiter: null
            ),
            cancellationToken
        );
        var properties = new BasicProperties { Persistent = true };
        var body = new byte[bytes];
        using var places = new SemaphoreSlim(outstanding);

        var clock = Stopwatch.StartNew();
        var publishes = new Task[count];
        for (var i = 0; i < count; i++)
        {
            await places.WaitAsync(cancellationToken);
            publishes[i] = PublishAsync();
        }

        await Task.WhenAll(publishes);
        return count / clock.Elapsed.TotalSeconds;

        async Task PublishAsync()
        {
            try
            {
                await channel.BasicPublishAsync("", queue, mandatory: true, properties, body, cancellationToken);
            }
            finally
            {
                places.Release();
            }
        }
    }
}
