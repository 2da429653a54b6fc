using System.Net.Http.Headers;
using Canary.Hosting.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;

namespace Canary.Hosting.Discovery;

/// <summary>HTTP clients for other services.</summary>
public static class ServiceClients
{
    /// <summary>
    /// Registers a typed client of another service: its <see cref="HttpClient"/> has the service's address, this host's token
    /// and the standard resilience (retries with back-off, circuit breaker, time limits).
    /// </summary>
    /// <param name="services">The module's services.</param>
    /// <param name="service">Name of the service, for example <c>repository-publisher</c>.</param>
    /// <typeparam name="TClient">The client; takes an <see cref="HttpClient"/>.</typeparam>
    public static IHttpClientBuilder AddServiceClient<TClient>(this IServiceCollection services, string service)
        where TClient : class
    {
        var client = services
            .AddHttpClient<TClient>()
            .ConfigureHttpClient(
                (provider, http) =>
                {
                    http.BaseAddress = provider.GetRequiredService<ServiceDirectory>().AddressOf(service);
                    http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                        TokenAuthentication.Name,
                        provider.GetRequiredService<Tokens>().Service
                    );
                    http.Timeout = Timeout.InfiniteTimeSpan;
                }
            );
        client.AddStandardResilienceHandler(options =>
        {
            options.AttemptTimeout.Timeout = TimeSpan.FromMinutes(2);
            options.CircuitBreaker.SamplingDuration = TimeSpan.FromMinutes(4);
            options.TotalRequestTimeout.Timeout = TimeSpan.FromMinutes(10);
            options.Retry.Delay = TimeSpan.FromMilliseconds(200);
            options.Retry.MaxRetryAttempts = 5;
        });
        return client;
    }

    /// <summary>Gives each try of a client's requests so much time; what the standard allows is for short ones.</summary>
    public static void AllowFor(this HttpStandardResilienceOptions http, TimeSpan attempt)
    {
        ArgumentNullException.ThrowIfNull(http);

        http.AttemptTimeout.Timeout = attempt;
        http.TotalRequestTimeout.Timeout = 2 * attempt;
        http.CircuitBreaker.SamplingDuration = 2 * attempt;
    }
}
