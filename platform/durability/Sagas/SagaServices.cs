using Canary.Durability.Storage;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Canary.Durability.Sagas;

/// <summary>What a saga needs besides itself. It comes with the message, so that the verbs of a machine have no arguments for it.</summary>
public static class SagaServices
{
    /// <summary>A service of the scope that the message is handled in.</summary>
    public static T Service<T>(this PipeContext context)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(context);

        return context.GetPayload<IServiceProvider>().GetRequiredService<T>();
    }

    /// <summary>The options of a service.</summary>
    public static T Settings<T>(this PipeContext context)
        where T : class => context.Service<IOptions<T>>().Value;

    /// <summary>The time that due times are reckoned from, UTC.</summary>
    public static DateTimeOffset StoreTime(this PipeContext context) => context.Service<StoreClock>().Now;

    /// <summary>The time for people to read, UTC.</summary>
    public static DateTimeOffset Now(this PipeContext context) => context.Service<TimeProvider>().GetUtcNow();
}
