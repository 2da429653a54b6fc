using Canary.Failures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Alarms;

/// <summary>Whether the alarms of the applications that must prove it have proved that they arrive, for <c>canary doctor</c>.</summary>
internal sealed class SilenceCheck(IServiceScopeFactory scopes, IOptions<DeployerOptions> options) : IHealthCheck
{
    private const int Most = 5;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        await using var scope = scopes.CreateAsyncScope();
        var trust = scope.ServiceProvider.GetRequiredService<TrustSilence>();
        var applications = await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .Lanes.AsNoTracking()
            .Select(lane => lane.Application)
            .Order()
            .ToListAsync(cancellationToken);
        var (asked, unproven) = (0, new List<string>());
        foreach (var application in applications)
        {
            var longest = options.Value.ProvenSilenceOf(application);
            asked += longest > TimeSpan.Zero ? 1 : 0;
            if (!await trust.IsTrustedAsync(application, longest, cancellationToken))
            {
                unproven.Add(application);
            }
        }

        return unproven.Count > 0
                ? CheckFailure.Degraded(
                    $"No test alarm has arrived in time for {string.Join(", ", unproven.Take(Most))}"
                        + $"{(unproven.Count > Most ? $" and {unproven.Count - Most} more" : "")}: their releases wait for a person.",
                    $"Send one: canary alarms test {unproven[0]}."
                )
            : asked > 0 ? HealthCheckResult.Healthy("The alarms of all applications have proved that they arrive.")
            : HealthCheckResult.Healthy("No application has to prove that its alarms arrive.");
    }
}
