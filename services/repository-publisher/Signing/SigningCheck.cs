using Canary.Failures;
using Canary.RepositoryPublisher.Indexes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>Whether what hosts see is signed with the key that they were given, and for now: not for the past, nor for a future
/// that a clock made up.</summary>
internal sealed class SigningCheck(
    RepositoryLayout layout,
    ArchiveKey key,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time
) : IHealthCheck
{
    private const string SeeTheLog = "See the log of repository-publisher; restarting it signs the suites anew.";

    /// <summary>As much as apt forgives (Acquire::Max-FutureTime).</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(10);

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        var suites = options.Value.EffectiveSuites;
        return Task.FromResult(
            FaultOfKey()
                ?? suites.Select(FaultOf).FirstOrDefault(fault => fault is not null)
                ?? HealthCheckResult.Healthy(
                    $"{key.Fingerprint} signs {string.Join(", ", suites)}, and is the key that hosts are given (hosts/install.sh "
                        + "--fingerprint)."
                )
        );
    }

    private HealthCheckResult? FaultOfKey()
    {
        var path = Path.Combine(layout.Keys, ArchiveKey.FileName);
        if (!File.Exists(path))
        {
            return CheckFailure.Unhealthy(
                $"The signing key {path} is gone; this process still has it, the next one will not start.",
                "Restore the file from a backup before the next restart: hosts trust no other key."
            );
        }

        return
            !File.Exists(layout.Keyring)
            || ArchiveKey.FingerprintOf(File.ReadAllBytes(layout.Keyring)) != key.Fingerprint
            ? CheckFailure.Unhealthy($"{layout.Keyring} is not the key that signs ({key.Fingerprint}).", SeeTheLog)
            : null;
    }

    private HealthCheckResult? FaultOf(string name)
    {
        var suite = new SuiteDirectory(layout, name);
        if (suite.CurrentSignature?.IsOf(key) != true || suite.CurrentRelease is not { } release)
        {
            return CheckFailure.Unhealthy(
                $"The suite {name} is not signed with the key that hosts are given.",
                SeeTheLog
            );
        }

        var now = time.GetUtcNow();
        if (ReleaseFile.DateOf(release) > now + Tolerance)
        {
            return CheckFailure.Unhealthy(
                $"The suite {name} is dated {ReleaseFile.DateOf(release):u}, which is in the future by this machine's clock "
                    + $"({now:u}): hosts refuse it as not valid yet.",
                "Set the clocks right (chrony, systemd-timesyncd); a suite that was dated by a fast clock is accepted when that "
                    + "time has come."
            );
        }

        return ReleaseFile.ValidUntilOf(release) < now
            ? CheckFailure.Unhealthy(
                $"The signature of the suite {name} has lapsed on {ReleaseFile.ValidUntilOf(release):u}: hosts refuse it.",
                SeeTheLog
            )
            : null;
    }
}
