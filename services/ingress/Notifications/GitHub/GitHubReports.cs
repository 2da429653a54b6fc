using Canary.GitHub;
using Canary.Ingress.Repositories;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>The channel that there is by itself where an App or a token of GitHub is configured.</summary>
internal sealed class GitHubReports(
    GitHubApi github,
    RepositoryRegistry repositories,
    IOptionsMonitor<IngressOptions> options,
    IServiceScopeFactory scopes,
    TimeProvider time
)
{
    /// <returns><c>null</c>: nothing is configured, or nothing is to be reported.</returns>
    public Channel? CreateChannel() =>
        github.IsUsed && options.CurrentValue.Github is { Checks: true } or { Deployments: true }
            ? new Channel(new ChannelOptions { Name = GitHubReporter.Name, Kind = GitHubReporter.Name }, Kind(), time)
            : null;

    private NotifierKind Kind() =>
        new(
            GitHubReporter.Name,
            NotificationEvents.All,
            [],
            _ => [],
            (_, _) => new GitHubReporter(github, repositories, options, scopes)
        );
}
