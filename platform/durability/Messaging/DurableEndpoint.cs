using Canary.Durability.Storage;
using Canary.Failures;
using MassTransit;
using MassTransit.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Durability.Messaging;

/// <summary>What makes an endpoint durable: retries on the outside, one unit of work inside.</summary>
internal static class DurableEndpoint<TStore>
    where TStore : ServiceDbContext
{
    /// <summary>Tries of a message that conflicts with others: enough for all that replicas can work on at once.</summary>
    private const int LongestConflict = 25;

    public static void Configure(IRegistrationContext context, IReceiveEndpointConfigurator endpoint)
    {
        // A database that is away is waited for: its absence is no message's fault.
        var storage = context.GetRequiredService<IStorage>();
        if (storage.IsShared)
        {
            endpoint.UseMessageRetry(retry =>
            {
                retry.Handle<Exception>(storage.IsUnavailable);
                Jittered(retry, limit: null, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5));
            });
        }

        // Two messages for one saga, or a message that came twice: whoever was second starts over on what the first committed.
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<DbUpdateException>(exception => !storage.IsUnavailable(exception));
            Jittered(retry, LongestConflict, TimeSpan.FromMilliseconds(2), TimeSpan.FromSeconds(1));
        });
        endpoint.UseMessageRetry(retry =>
        {
            retry.Ignore<DbUpdateException>();
            retry.Ignore<CanaryException>();
            retry.Ignore<Exception>(storage.IsUnavailable);
            retry.Exponential(
                5,
                TimeSpan.FromMilliseconds(100),
                TimeSpan.FromSeconds(10),
                TimeSpan.FromMilliseconds(200)
            );
        });

        var unitOfWork = new OutboxConsumePipeSpecificationObserver<TStore>(endpoint, context);
        endpoint.ConnectConsumerConfigurationObserver(unitOfWork);
        endpoint.ConnectSagaConfigurationObserver(unitOfWork);
    }

    private static void Jittered(IRetryConfigurator retry, int? limit, TimeSpan shortest, TimeSpan longest) =>
        retry.SetRetryPolicy(filter => new JitteredRetryPolicy(filter, limit, shortest, longest));
}
