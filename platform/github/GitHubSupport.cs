using Canary.Durability.Storage;
using Canary.Hosting;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Canary.GitHub;

/// <summary>Gives a host its access to GitHub, which does nothing until an App or a token is configured.</summary>
public static class GitHubSupport
{
    private const string Section = "github";

    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Adds it, once: every service that asks GitHub or fetches from it calls this.</summary>
    public static CanaryHostBuilder AddGitHub(this CanaryHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);

        host.AddGitHubSettings();
        if (host.Services.Any(service => service.ServiceType == typeof(GitHubApi)))
        {
            return host;
        }

        host.Services.AddSingleton<GitHubIdentities>();
        host.Services.AddSingleton(services => new GitHubApi(services.GetRequiredService<GitHubIdentities>()));
        host.Services.AddSingleton(services =>
            SecretSource.OfFiles(() => services.GetRequiredService<IOptions<GitHubOptions>>().Value.SecretFiles)
        );
        host.Services.AddSingleton(services => new SecretSource(() =>
            services.GetRequiredService<GitHubIdentities>().Secrets
        ));
        host.AddHttpClient();
        host.Services.AddSingleton<IGitCredentials, CloneCredentials>();
        if (host.Peek<GitHubOptions>(Section).IsUsed)
        {
            host.Services.AddHealthChecks().AddCheck<GitHubCheck>("github", tags: [CanaryHostBuilder.DoctorTag]);
        }

        return host;
    }

    /// <summary>Whether an App or a token is configured, for what is decided before there are services to ask.</summary>
    public static bool UsesGitHub<TStore>(this Module<TStore> module)
        where TStore : ServiceDbContext
    {
        ArgumentNullException.ThrowIfNull(module);

        return module.Host.Peek<GitHubOptions>(Section).IsUsed;
    }

    /// <summary>Lets a host know the settings that others use: several can share one configuration file.</summary>
    public static CanaryHostBuilder AddGitHubSettings(this CanaryHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);

        if (host.Services.All(service => service.ServiceType != typeof(IValidateOptions<GitHubOptions>)))
        {
            host.AddOptions<GitHubOptions>(Options.DefaultName, Section);
        }

        return host;
    }

    private static void AddHttpClient(this CanaryHostBuilder host)
    {
        var client = host
            .Services.AddHttpClient(GitHubIdentities.ClientName)
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // A log of requests could show tokens.
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(services =>
                NewHandler(services.GetRequiredService<IOptions<GitHubOptions>>().Value)
            );
        client.AddResilienceHandler(
            GitHubIdentities.ClientName,
            (pipeline, context) =>
            {
                var limit = context.ServiceProvider.GetRequiredService<IOptions<GitHubOptions>>().Value.Timeout;
                // What remains after all retries is reported once, by whoever asked.
                pipeline.TelemetryListener = null;
                pipeline.AddTimeout(limit);
                pipeline.AddRetry(Retries());
                pipeline.AddTimeout(limit / 2.5);
            }
        );
        client.AddHttpMessageHandler(() => new WholeAnswers());
    }

    /// <summary>What changes something is not sent again blindly: it may have been done, and whoever asked looks first.</summary>
    private static HttpRetryStrategyOptions Retries()
    {
        var retries = new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(200),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldRetryAfterHeader = false,
            ShouldHandle = static arguments =>
                ValueTask.FromResult(
                    // Too many requests are no reason for more of them.
                    arguments.Outcome.Result?.StatusCode != System.Net.HttpStatusCode.TooManyRequests
                        && HttpClientResiliencePredicates.IsTransient(arguments.Outcome)
                ),
        };
        retries.DisableForUnsafeHttpMethods();
        return retries;
    }

    private static SocketsHttpHandler NewHandler(GitHubOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = ConnectionLifetime,
            // The client library follows, past the gateway that sees where it leads.
            AllowAutoRedirect = false,
            UseCookies = false,
        };
        if (options.CaFile is { } file)
        {
            handler.SslOptions.CertificateChainPolicy = TrustedAuthorities.In(file);
        }

        return handler;
    }
}
