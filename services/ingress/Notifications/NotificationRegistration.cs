using Canary.GitHub;
using Canary.Hosting;
using Canary.Hosting.Security;
using Canary.Ingress.Notifications.GitHub;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Notifications;

internal static class NotificationRegistration
{
    public static void AddGitHubCheck(this Module<IngressStore> module)
    {
        if (module.UsesGitHub())
        {
            module
                .Services.AddHealthChecks()
                .AddCheck<GitHubRepositoryCheck>("github-repositories", tags: [CanaryHostBuilder.DoctorTag]);
        }
    }

    public static IServiceCollection AddNotifications(this IServiceCollection services) =>
        services
            .AddSingleton<GitHubReports>()
            .AddSingleton<Channels>()
            .AddSingleton<Senders>()
            .AddHostedService(provider => provider.GetRequiredService<Senders>())
            .AddSingleton(provider =>
                SecretSource.OfFiles(() =>
                    provider
                        .GetRequiredService<IOptions<NotificationOptions>>()
                        .Value.Channels.SelectMany(channel => channel.SecretFiles)
                )
            )
            .AddScoped<NotificationRequests>()
            .AddScoped<ChannelQueries>()
            .AddScoped<ChannelChecks>();
}
