using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.GitHub;

/// <summary>Whether GitHub answers and takes the App's key or the token.</summary>
internal sealed class GitHubCheck(GitHubApi github) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            return HealthCheckResult.Healthy(await github.DescribeAsync(cancellationToken));
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
}
