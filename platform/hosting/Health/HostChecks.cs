using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Health;

/// <summary>Looks at what this host depends on.</summary>
public sealed class HostChecks(HealthCheckService health)
{
    /// <summary>What people should know: everything that is wrong, and what they may want to see when it is well.</summary>
    public async Task<IReadOnlyList<HostCheck>> RunAsync(CancellationToken cancellation)
    {
        var report = await health.CheckHealthAsync(
            check => !check.Tags.Contains(CanaryHostBuilder.ReadinessTag),
            cancellation
        );
        return
        [
            .. report
                .Entries.Where(entry =>
                    entry.Value.Status != HealthStatus.Healthy || entry.Value.Tags.Contains(CanaryHostBuilder.DoctorTag)
                )
                .Select(entry => new HostCheck
                {
                    Name = entry.Key,
                    Status = entry.Value.Status,
                    Detail = entry.Value.Description ?? entry.Value.Exception?.Message ?? "",
                    Remedy = entry.Value.Data.GetValueOrDefault(CheckFailure.Remedy) as string,
                }),
        ];
    }
}
