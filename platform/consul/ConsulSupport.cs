using System.Security.Cryptography;
using Canary.Durability.Storage;
using Canary.Hosting;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Canary.Consul;

/// <summary>Gives a host its access to Consul, which does nothing until an address is configured.</summary>
public static class ConsulSupport
{
    private const string Section = "hosting:consul";

    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Adds it, once: every program that has Consul calls this, and so do the services that ask Consul for something.</summary>
    public static CanaryHostBuilder AddConsul(this CanaryHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);

        if (host.Services.Any(service => service.ServiceType == typeof(ConsulClient)))
        {
            return host;
        }

        host.AddOptions<ConsulOptions>(Options.DefaultName, Section);
        host.Services.AddSingleton<ConsulClient>();
        host.Services.AddSingleton<ConsulCatalog>();
        host.Services.AddSingleton<ConsulKeys>();
        host.Services.AddSingleton<ConsulAgent>();
        host.Services.AddTransient<ConsulGateway>();
        host.Services.AddSingleton(services =>
            SecretSource.OfFiles(() => [services.GetRequiredService<IOptions<ConsulOptions>>().Value.TokenFile])
        );
        host.AddHttpClient();

        var options = host.Peek<ConsulOptions>(Section);
        if (options.IsUsed)
        {
            host.Services.AddHealthChecks().AddCheck<ConsulHealthCheck>("consul", tags: [CanaryHostBuilder.DoctorTag]);
        }

        if (options.Register)
        {
            host.Services.AddSingleton<ConsulRegistration>();
            host.Services.AddHostedService(services => services.GetRequiredService<ConsulRegistration>());
            host.Services.AddSingleton<IConsulUser>(services => services.GetRequiredService<ConsulRegistration>());
        }

        return host;
    }

    /// <summary>Whether an address of Consul is configured, for what is decided before there are services to ask.</summary>
    public static bool UsesConsul<TStore>(this Module<TStore> module)
        where TStore : ServiceDbContext
    {
        ArgumentNullException.ThrowIfNull(module);

        return module.Host.Peek<ConsulOptions>(Section).IsUsed;
    }

    private static void AddHttpClient(this CanaryHostBuilder host)
    {
        var client = host
            .Services.AddHttpClient(ConsulClient.Name, http => http.Timeout = Timeout.InfiniteTimeSpan)
            // Its handlers remember which agent answers; and a log of requests could show the token.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(services =>
                NewHandler(services.GetRequiredService<IOptions<ConsulOptions>>().Value)
            );
        client.AddResilienceHandler(
            ConsulClient.Name,
            (pipeline, context) =>
            {
                // What remains after all retries is reported once, by whoever asked.
                pipeline.TelemetryListener = null;
                pipeline.AddRetry(
                    new HttpRetryStrategyOptions
                    {
                        MaxRetryAttempts = Math.Max(
                            2,
                            context.ServiceProvider.GetRequiredService<IOptions<ConsulOptions>>().Value.Addresses.Count
                        ),
                        Delay = TimeSpan.FromMilliseconds(100),
                        BackoffType = DelayBackoffType.Exponential,
                        UseJitter = true,
                    }
                );
            }
        );
        client.AddHttpMessageHandler<ConsulGateway>();
    }

    private static SocketsHttpHandler NewHandler(ConsulOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = ConnectionLifetime,
            AllowAutoRedirect = false,
            UseProxy = false,
        };
        if (options.CaFile is { } file)
        {
            try
            {
                handler.SslOptions.CertificateChainPolicy = TrustedAuthorities.In(file);
            }
            catch (Exception exception)
                when (exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw ConsulErrors.NoAuthority(file, exception);
            }
        }

        return handler;
    }
}
