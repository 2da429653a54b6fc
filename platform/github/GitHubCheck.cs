using System.Globalization;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Octokit;

namespace Canary.GitHub;

/// <summary>Whether GitHub answers and takes the App's key or the token.</summary>
internal sealed class GitHubCheck(GitHubApi github, GitHubIdentities identities) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            return HealthCheckResult.Healthy(
                github.IsApp ? await AppAsync(cancellationToken) : await TokenAsync(cancellationToken)
            );
        }
        catch (CanaryException exception) when (GitHubErrors.IsTransient(exception))
        {
            return CheckFailure.Degraded(exception.Message, exception.Remedy);
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
    }

    private async Task<string> AppAsync(CancellationToken cancellation)
    {
        var app = await github.AskAsAppAsync(client => client.GitHubApps.GetCurrent(), cancellation);
        var installations = await github.AskAsAppAsync(
            client => client.GitHubApps.GetAllInstallationsForCurrent(new ApiOptions { PageCount = 1, PageSize = 100 }),
            cancellation
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The App {app.Name} at {github.Address.Api.Authority}, installed {installations.Count} times."
        );
    }

    /// <summary>It costs none of the requests, and every token may ask for it.</summary>
    private async Task<string> TokenAsync(CancellationToken cancellation)
    {
        var limits = await github.AskAsync(identities.Token, client => client.RateLimit.GetRateLimits(), cancellation);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"A token for {github.Address.Api.Authority}; {limits.Resources.Core.Remaining} of {limits.Resources.Core.Limit} requests are left in this hour."
        );
    }
}
