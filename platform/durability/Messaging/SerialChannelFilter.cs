using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace Canary.Durability.Messaging;

/// <summary>
/// Asks one thing at a time on a channel. MassTransit declares all that a queue needs at once; RabbitMQ.Client lets the
/// questions wait for each other at a semaphore, and disposes it with a channel that the broker closes. Whoever still waits there
/// waits for ever, past every time limit, and nothing is received from the queue any more (docs/adr/0016).
/// </summary>
internal sealed class SerialChannelFilter : IFilter<ChannelContext>
{
    public Task Send(ChannelContext context, IPipe<ChannelContext> next) => next.Send(new SerialChannel(context));

    public void Probe(ProbeContext context) => context.CreateFilterScope(nameof(SerialChannelFilter));

    private sealed class SerialChannel(ChannelContext channel)
        : SharedChannelContext(channel, channel.CancellationToken),
            ChannelContext
    {
        private Task _last = Task.CompletedTask;

        Task ChannelContext.ExchangeBind(
            string destination,
            string source,
            string routingKey,
            IDictionary<string, object> arguments,
            CancellationToken cancellationToken
        ) => InTurnAsync(() => ExchangeBind(destination, source, routingKey, arguments, cancellationToken));

        Task ChannelContext.ExchangeDeclare(
            string exchange,
            string type,
            bool durable,
            bool autoDelete,
            IDictionary<string, object> arguments,
            CancellationToken cancellationToken
        ) => InTurnAsync(() => ExchangeDeclare(exchange, type, durable, autoDelete, arguments, cancellationToken));

        Task ChannelContext.ExchangeDeclarePassive(string exchange, CancellationToken cancellationToken) =>
            InTurnAsync(() => ExchangeDeclarePassive(exchange, cancellationToken));

        Task ChannelContext.QueueBind(
            string queue,
            string exchange,
            string routingKey,
            IDictionary<string, object> arguments,
            CancellationToken cancellationToken
        ) => InTurnAsync(() => QueueBind(queue, exchange, routingKey, arguments, cancellationToken));

        Task<QueueDeclareOk> ChannelContext.QueueDeclare(
            string queue,
            bool durable,
            bool exclusive,
            bool autoDelete,
            IDictionary<string, object> arguments,
            CancellationToken cancellationToken
        ) => InTurnAsync(() => QueueDeclare(queue, durable, exclusive, autoDelete, arguments, cancellationToken));

        Task<QueueDeclareOk> ChannelContext.QueueDeclarePassive(string queue, CancellationToken cancellationToken) =>
            InTurnAsync(() => QueueDeclarePassive(queue, cancellationToken));

        Task<uint> ChannelContext.QueuePurge(string queue, CancellationToken cancellationToken) =>
            InTurnAsync(() => QueuePurge(queue, cancellationToken));

        Task ChannelContext.BasicQos(
            uint prefetchSize,
            ushort prefetchCount,
            bool global,
            CancellationToken cancellationToken
        ) => InTurnAsync(() => BasicQos(prefetchSize, prefetchCount, global, cancellationToken));

        Task<string> ChannelContext.BasicConsume(
            string queue,
            bool noAck,
            bool exclusive,
            IDictionary<string, object> arguments,
            IAsyncBasicConsumer consumer,
            string consumerTag,
            CancellationToken cancellationToken
        ) =>
            InTurnAsync(() =>
                BasicConsume(queue, noAck, exclusive, arguments, consumer, consumerTag, cancellationToken)
            );

        Task ChannelContext.BasicCancel(string consumerTag, CancellationToken cancellationToken) =>
            InTurnAsync(() => BasicCancel(consumerTag, cancellationToken));

        private async Task<T> InTurnAsync<T>(Func<Task<T>> ask)
        {
            T answer = default!;
            await InTurnAsync(async () =>
            {
                answer = await ask();
            });
            return answer;
        }

        private async Task InTurnAsync(Func<Task> ask)
        {
            var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await Interlocked.Exchange(ref _last, answered.Task);
            try
            {
                await ask();
            }
            finally
            {
                answered.SetResult();
            }
        }
    }
}
