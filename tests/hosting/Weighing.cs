using System.Collections.Concurrent;
using Canary.Contracts;
using Canary.Failures;
using MassTransit;

namespace Canary.Hosting.Tests;

[Queue("weigh-parcel")]
public sealed record WeighParcel(Guid Id, bool Breaks = false);

public sealed record ParcelWeighed(Guid Id);

public sealed class WeighParcelConsumer(ParcelStore store) : IConsumer<WeighParcel>
{
    public async Task Consume(ConsumeContext<WeighParcel> context)
    {
        var parcel = await store.Parcels.FindAsync(context.Message.Id);
        if (parcel is null)
        {
            parcel = new Parcel { Id = context.Message.Id };
            store.Add(parcel);
        }

        parcel.Weighings++;
        parcel.Stamps.Add("weighed");
        await context.Publish(new ParcelWeighed(parcel.Id));
        if (context.Message.Breaks)
        {
            throw new CanaryException("scales-broken", "The scales broke.", "Buy new ones.");
        }
    }
}

/// <summary>What was published, in the order of arrival.</summary>
public sealed class Heard
{
    public ConcurrentQueue<object> Messages { get; } = [];

    public int Count<T>() => Messages.OfType<T>().Count();
}

public sealed class ListenerConsumer(Heard heard) : IConsumer<ParcelWeighed>, IConsumer<DeliveryFinished>
{
    public Task Consume(ConsumeContext<ParcelWeighed> context) => Add(context.Message);

    public Task Consume(ConsumeContext<DeliveryFinished> context) => Add(context.Message);

    private Task Add(object message)
    {
        heard.Messages.Enqueue(message);
        return Task.CompletedTask;
    }
}
