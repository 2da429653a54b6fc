using Canary.Hosting.Discovery;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Logs;

/// <summary>Registers what brings logs to ingress.</summary>
public static class LogShipping
{
    /// <summary>Adds the logs of a service, and their shipper.</summary>
    public static IServiceCollection AddLogShipping<TLogs>(this IServiceCollection services)
        where TLogs : ShippedLogs
    {
        // The shipper has a patience of its own. The method is marked as experimental; nothing else says the same.
#pragma warning disable EXTEXP0001
        services.AddServiceClient<LogClient>("ingress").RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        services.AddSingleton<TLogs>();
        services.AddHostedService<LogShipper<TLogs>>();
        return services;
    }
}
