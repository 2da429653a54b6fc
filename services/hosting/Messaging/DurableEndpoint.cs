using Canary.Hosting.Storage;
using MassTransit;
using MassTransit.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Messaging;

/// <summary>What makes an endpoint durable: retries on the outside, one unit of work inside.</summary>
internal static class DurableEndpoint<TStore>
    where TStore : ServiceDbContext
{
    public static void Configure(IRegistrationContext context, IReceiveEndpointConfigurator endpoint)
    {
        // A database that is away is waited for: its absence is no message's fault.
        var storage = context.GetRequiredService<IStorage>();
        if (storage.IsShared)
        {
            endpoint.UseMessageRetry(retry =>
            {
                retry.Handle<Exception>(storage.IsUnavailable);
                retry.SetRetryPolicy(filter => new PatientRetryPolicy(filter));
            });
        }

        // Two messages for one saga, or a message that came twice: whoever was second starts over on what the first committed.
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<DbUpdateException>(exception => !storage.IsUnavailable(exception));
            retry.Intervals(Conflicts);
        });
        endpoint.UseMessageRetry(retry =>
        {
            retry.Ignore<DbUpdateException>();
            retry.Ignore<Exception>(storage.IsUnavailable);
            retry.Ignore<CanaryException>();
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

    private static readonly TimeSpan[] Conflicts =
    [
        .. new[] { 1, 5, 10, 20, 40, 80, 160, 320, 640, 1280 }.Select(milliseconds =>
            TimeSpan.FromMilliseconds(milliseconds)
        ),
    ];
}
