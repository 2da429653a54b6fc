using Canary.Hosting;
using Canary.Hosting.Security;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Canary.CiCoordinator.Builds.Jenkins;

internal static class JenkinsRegistration
{
    /// <summary>No answer that is read as a whole is longer: a hundred builds, with what plugins have to say of them.</summary>
    private const int LongestAnswer = 32 << 20;

    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>What the provider <c>jenkins</c> is.</summary>
    public static void AddJenkins(this Module<ReleaseStore> module)
    {
        module
            .Services.AddSingleton<IBuildProvider, JenkinsBuildProvider>()
            .AddSingleton<JenkinsBuilds>()
            .AddSingleton<JenkinsClient>()
            .AddTransient<JenkinsGateway>()
            .AddSingleton(services =>
                SecretSource.OfFiles(() =>
                    [services.GetRequiredService<IOptions<BuildOptions>>().Value.Jenkins.SecretFile]
                )
            );
        module.Services.AddJenkinsHttpClient();
        module.AddConsumer<JenkinsNotifiedConsumer>();
        module.Services.AddHealthChecks().AddCheck<JenkinsCheck>("jenkins", tags: [CanaryHostBuilder.DoctorTag]);
    }

    internal static void AddJenkinsHttpClient(this IServiceCollection services)
    {
        var client = services
            .AddHttpClient(
                JenkinsClient.Name,
                http =>
                {
                    http.Timeout = Timeout.InfiniteTimeSpan;
                    http.MaxResponseContentBufferSize = LongestAnswer;
                }
            )
            // Its handlers keep the session; and a log of requests could show what is nobody's business.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                PooledConnectionLifetime = ConnectionLifetime,
                // Credentials go to the configured address and nowhere else.
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies =
                    provider.GetRequiredService<IOptions<BuildOptions>>().Value.Jenkins.PasswordFile is not null,
            });
        client.AddResilienceHandler(
            JenkinsClient.Name,
            pipeline =>
            {
                // What remains after all retries is reported once, by whoever asked.
                pipeline.TelemetryListener = null;
                var retry = new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = 2,
                    Delay = TimeSpan.FromMilliseconds(200),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                };
                // A build whose start was not answered may have been started.
                retry.DisableForUnsafeHttpMethods();
                pipeline.AddRetry(retry);
            }
        );
        client.AddHttpMessageHandler<JenkinsGateway>();
    }
}
