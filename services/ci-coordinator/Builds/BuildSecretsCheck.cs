using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds;

/// <summary>Whether the secrets of all applications can be given to their builds, for <c>canary doctor</c>.</summary>
internal sealed class BuildSecretsCheck(IOptions<BuildOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        var secrets = options.Value.Applications.SelectMany(application => application.Secrets).ToList();
        var problems = secrets.Select(ProblemWith).OfType<CanaryException>().ToList();
        return Task.FromResult(
            problems.Count == 0
                ? HealthCheckResult.Healthy($"{secrets.Count} secrets of builds can be read.")
                : CheckFailure.Unhealthy(
                    string.Join(' ', problems.Select(problem => problem.Message)),
                    problems[0].Remedy
                )
        );
    }

    private static CanaryException? ProblemWith(BuildSecretOptions secret)
    {
        try
        {
            BuildSecret.Read(secret);
            return null;
        }
        catch (CanaryException problem)
        {
            return problem;
        }
    }
}
