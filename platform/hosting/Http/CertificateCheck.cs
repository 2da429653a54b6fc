using System.Globalization;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Http;

/// <summary>Tells of a certificate that nobody renews.</summary>
internal sealed class CertificateCheck(
    HttpsCertificate certificate,
    IOptions<HostingOptions> options,
    TimeProvider time
) : IHealthCheck
{
    private const string Remedy = "Renew it; the server takes the new files by itself.";

    private static readonly TimeSpan InTime = TimeSpan.FromDays(14);

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        var file = options.Value.CertificateFile;
        var end = new DateTimeOffset(certificate.Current().TargetCertificate.NotAfter);
        var day = end.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return (end - time.GetUtcNow()) switch
        {
            var left when left <= TimeSpan.Zero => CheckFailure.Unhealthy(
                $"The certificate {file} ended {day}.",
                Remedy
            ),
            var left when left < InTime => CheckFailure.Degraded(
                $"The certificate {file} is valid until {day}.",
                Remedy
            ),
            _ => HealthCheckResult.Healthy($"The certificate {file} is valid until {day}."),
        };
    }
}
