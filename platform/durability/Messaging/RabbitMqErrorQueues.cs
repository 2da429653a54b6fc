using System.Net.Sockets;
using Canary.Failures;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Canary.Durability.Messaging;

/// <summary>
/// The <c>_error</c> queues of a broker. Whoever reads them takes the messages and gives them back; one at a time, or others would
/// find the queues empty meanwhile. A queue that exists for as long as its connection says whose turn it is.
/// </summary>
internal sealed class RabbitMqErrorQueues(
    TransportOptions options,
    IReadOnlyCollection<string> queues,
    TimeProvider time
) : IErrorQueues
{
    private const string Suffix = "_error";
    private const string TurnQueue = "canary-error-queues-turn";
    private const ushort Locked = 405;
    private const ushort Missing = 404;

    /// <summary>A broker may drop a message that was given back too often (20 times by default, from RabbitMQ 4.0). A copy in its
    /// place begins anew.</summary>
    private const int MostDeliveries = 5;

    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestReturn = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly List<string> _queues = [.. queues.Order(StringComparer.Ordinal)];

    public Task<long> CountAsync(CancellationToken cancellation) =>
        ConnectedAsync(
            async connection =>
            {
                var total = 0L;
                foreach (var queue in _queues)
                {
                    await using var reading = await ReadingAsync(connection, queue, cancellation);
                    total += reading?.Count ?? 0;
                }

                return total;
            },
            cancellation
        );

    public Task<FailedMessages> ListAsync(string? queue, int limit, CancellationToken cancellation) =>
        InTurnAsync(
            async connection =>
            {
                var found = new List<FailedMessage>();
                var total = 0L;
                foreach (var name in Chosen(queue))
                {
                    await using var reading = await ReadingAsync(connection, name, cancellation);
                    if (reading is null)
                    {
                        continue;
                    }

                    total += reading.Count;
                    while (
                        found.Count(it => it.Queue == name) < limit && await reading.NextAsync(cancellation) is { } next
                    )
                    {
                        found.Add(FailedMessageReader.Read(name, next));
                    }

                    await reading.ReturnAsync(cancellation);
                }

                return new FailedMessages([.. found.OrderBy(message => message.FailedAt)], total);
            },
            cancellation
        );

    public Task<FailedMessage?> RetryAsync(Guid id, string? queue, CancellationToken cancellation) =>
        DecideAsync(
            id,
            queue,
            (reading, message) => reading.SendAsync(reading.Queue, message, cancellation),
            cancellation
        );

    public Task<FailedMessage?> DiscardAsync(Guid id, string? queue, CancellationToken cancellation) =>
        DecideAsync(id, queue, (_, _) => Task.CompletedTask, cancellation);

    private IEnumerable<string> Chosen(string? queue) => queue is null ? _queues : _queues.Where(name => name == queue);

    private Task<FailedMessage?> DecideAsync(
        Guid id,
        string? queue,
        Func<Reading, BasicGetResult, Task> act,
        CancellationToken cancellation
    ) =>
        InTurnAsync(
            async connection =>
            {
                var readings = new List<(Reading Reading, BasicGetResult? Found)>();
                try
                {
                    foreach (var name in Chosen(queue))
                    {
                        if (await ReadingAsync(connection, name, cancellation) is { } reading)
                        {
                            readings.Add((reading, null));
                            readings[^1] = (reading, await reading.FindAsync(id, cancellation));
                        }
                    }

                    var holders = readings.Where(it => it.Found is not null).ToList();
                    if (holders.Count > 1)
                    {
                        throw new CanaryException(
                            "message-ambiguous",
                            $"The message {id} failed in {string.Join(" and ", holders.Select(it => it.Reading.Queue))}.",
                            "Name one of the queues."
                        );
                    }

                    if (holders.Count == 0)
                    {
                        return null;
                    }

                    var (holder, message) = holders[0];
                    await act(holder, message!);
                    // What was decided is finished, whoever waits for the answer.
                    await holder.RemoveAsync(message!, CancellationToken.None);
                    return FailedMessageReader.Read(holder.Queue, message!);
                }
                finally
                {
                    foreach (var (reading, _) in readings)
                    {
                        await reading.ReturnAsync(CancellationToken.None);
                        await reading.DisposeAsync();
                    }
                }
            },
            cancellation
        );

    private async Task<Reading?> ReadingAsync(IConnection connection, string queue, CancellationToken cancellation)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancellation);
        try
        {
            var declared = await channel.QueueDeclarePassiveAsync(queue + Suffix, cancellation);
            return new Reading(channel, queue, declared.MessageCount, time);
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Missing)
        {
            await channel.DisposeAsync();
            return null;
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
    }

    private Task<T> InTurnAsync<T>(Func<IConnection, Task<T>> work, CancellationToken cancellation) =>
        ConnectedAsync(
            async connection =>
            {
                await TakeTurnAsync(connection, cancellation);
                return await work(connection);
            },
            cancellation
        );

    private async Task TakeTurnAsync(IConnection connection, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
                await channel.QueueDeclareAsync(
                    TurnQueue,
                    durable: false,
                    exclusive: true,
                    autoDelete: true,
                    cancellationToken: cancellation
                );
                return;
            }
            catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Locked)
            {
                if (time.GetElapsedTime(start) > LongestTurn)
                {
                    throw new CanaryException(
                        "messages-busy",
                        "Somebody else is at the error queues.",
                        "Try again in a moment."
                    );
                }

                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    private async Task<T> ConnectedAsync<T>(Func<IConnection, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await RabbitMqConnections
                .Factory(options)
                .CreateConnectionAsync(RabbitMqConnections.Nodes(options), "canary-messages", cancellation);
            return await work(connection);
        }
        catch (PublishException e)
        {
            throw new CanaryException(
                "queue-unavailable",
                "The broker did not take the message; it stays where it is.",
                "See that the service of the queue runs, and try again.",
                e
            );
        }
        catch (Exception e) when (e is RabbitMQClientException or SocketException or IOException or TimeoutException)
        {
            throw new CanaryException(
                "broker-unavailable",
                $"The broker did not answer as it should: {e.Message}",
                "See that it runs, and try again.",
                e
            );
        }
    }

    /// <summary>Takes messages of one error queue, and gives back those that are not removed.</summary>
    private sealed class Reading(IChannel channel, string queue, uint count, TimeProvider time) : IAsyncDisposable
    {
        private readonly List<BasicGetResult> _held = [];
        private uint _taken;
        private uint _removed;

        public string Queue => queue;

        public uint Count => count;

        /// <summary>The next of those that were there at the beginning.</summary>
        public async Task<BasicGetResult?> NextAsync(CancellationToken cancellation)
        {
            // A copy that was put in place of a message comes last; it is not read twice.
            if (
                _taken == count
                || await channel.BasicGetAsync(queue + Suffix, autoAck: false, cancellation) is not { } next
            )
            {
                return null;
            }

            _taken++;
            _held.Add(next);
            return next;
        }

        public async Task<BasicGetResult?> FindAsync(Guid id, CancellationToken cancellation)
        {
            while (await NextAsync(cancellation) is { } next)
            {
                if (FailedMessageReader.IdOf(next) == id)
                {
                    return next;
                }
            }

            return null;
        }

        /// <summary>Sends a copy, and awaits that the broker has it.</summary>
        public async Task SendAsync(string to, BasicGetResult message, CancellationToken cancellation)
        {
            var properties = new BasicProperties(message.BasicProperties) { Persistent = true };
            if (properties.Headers is { } headers)
            {
                // What the broker counted ends with this copy; what went wrong, when it goes back to its consumer.
                properties.Headers = headers
                    .Where(header =>
                        header.Key is not ("x-delivery-count" or "x-acquired-count")
                        && (
                            to != queue
                            || !(
                                header.Key.StartsWith("MT-Fault-", StringComparison.Ordinal)
                                || header.Key == MassTransit.MessageHeaders.Reason
                            )
                        )
                    )
                    .ToDictionary();
            }

            await channel.BasicPublishAsync("", to, mandatory: true, properties, message.Body, cancellation);
        }

        public async Task RemoveAsync(BasicGetResult message, CancellationToken cancellation)
        {
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellation);
            _held.Remove(message);
            _removed++;
        }

        /// <summary>Gives back what was taken, and awaits that others find it.</summary>
        public async Task ReturnAsync(CancellationToken cancellation)
        {
            foreach (var message in _held.Where(it => FailedMessageReader.Deliveries(it) >= MostDeliveries).ToList())
            {
                await SendAsync(queue + Suffix, message, cancellation);
                await channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellation);
                _held.Remove(message);
            }

            foreach (var message in _held)
            {
                await channel.BasicNackAsync(message.DeliveryTag, multiple: false, requeue: true, cancellation);
            }

            _held.Clear();
            if (_taken == 0)
            {
                return;
            }

            var start = time.GetTimestamp();
            while (
                (await channel.QueueDeclarePassiveAsync(queue + Suffix, cancellation)).MessageCount < count - _removed
                && time.GetElapsedTime(start) < LongestReturn
            )
            {
                await Task.Delay(Pause, time, cancellation);
            }
        }

        public ValueTask DisposeAsync() => channel.DisposeAsync();
    }
}
