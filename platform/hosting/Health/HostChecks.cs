using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Canary.Hosting.Health;

/// <summary>Looks at what this host depends on, once at a time: some of it takes programs to find out.</summary>
public sealed class HostChecks
{
    private readonly HealthCheckService _health;

    private readonly SharedAnswer<IReadOnlyList<HostCheck>> _checks;

    /// <summary>Makes it.</summary>
    public HostChecks(HealthCheckService health, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        ArgumentNullException.ThrowIfNull(lifetime);

        _health = health;
        // A host that stops because something is wrong is asked what that is.
        _checks = new SharedAnswer<IReadOnlyList<HostCheck>>(LookAsync, time, lifetime.ApplicationStopped);
    }

    /// <summary>What people should know: everything that is wrong, and what they may want to see when it is well.</summary>
    public Task<IReadOnlyList<HostCheck>> RunAsync(CancellationToken cancellation) =>
        _checks.GetAsync(TimeSpan.Zero, cancellation);

    private async Task<IReadOnlyList<HostCheck>> LookAsync(CancellationToken cancellation)
    {
        var report = await _health.CheckHealthAsync(
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
