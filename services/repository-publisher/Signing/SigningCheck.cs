using Canary.Failures;
using Canary.RepositoryPublisher.Indexes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>Whether what hosts see is signed with the key that they were given, and for now: not for the past, nor for a future
/// that a clock made up.</summary>
internal sealed class SigningCheck(
    RepositoryLayout layout,
    SigningKeys keys,
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
            FaultOfKeys()
                ?? suites.Select(FaultOf).FirstOrDefault(fault => fault is not null)
                ?? ExpiryOf()
                ?? HealthCheckResult.Healthy(Describe(suites))
        );
    }

    private string Describe(IReadOnlyList<string> suites)
    {
        var now = keys.Now;
        var signed = string.Join(", ", suites);
        return now.Next is { } next
            ? $"{now.Fingerprints} sign {signed}; new hosts are given {now.Current.Fingerprint} (--fingerprint of canary-host "
                + "setup, or of hosts/install.sh). The "
                + $"older one can be retired from {next.CreatedAt + options.Value.Signing.RotationPeriod:u} on: canary repo keys retire. "
                + $"Both sign since {next.CreatedAt:u}. Which hosts have the newer one is not known here: those that have installed nothing "
                + "since then and run no canary-converge.timer do not. On one that has it, sha256sum of "
                + $"/etc/apt/keyrings/canary-archive-keyring.pgp is {now.KeyringSha256}."
            : $"{now.Current.Fingerprint} signs {signed}, and is the key that hosts are given (--fingerprint of canary-host "
                + "setup, or of hosts/install.sh).";
    }

    private HealthCheckResult? FaultOfKeys()
    {
        if (!File.Exists(keys.CurrentFile))
        {
            return CheckFailure.Unhealthy(
                $"The signing key {keys.CurrentFile} is gone; this process still has it, the next one will not start.",
                "Restore the file from a backup before the next restart: hosts trust no other key."
            );
        }

        return
            !File.Exists(layout.Keyring)
            || !ArchiveKey
                .FingerprintsOf(File.ReadAllBytes(layout.Keyring))
                .SequenceEqual(keys.Now.All.Select(key => key.Fingerprint))
            ? CheckFailure.Unhealthy(
                $"{layout.Keyring} is not the key that signs ({keys.Now.Fingerprints}).",
                SeeTheLog
            )
            : null;
    }

    /// <summary>A host is cut off when no key is left that it knows and that is valid.</summary>
    private HealthCheckResult? ExpiryOf()
    {
        var now = time.GetUtcNow();
        var (current, next) = (keys.Now.Current, keys.Now.Next);
        if (current.ExpiresAt is not { } expiry || expiry - now > options.Value.Signing.WarnBefore)
        {
            return null;
        }

        var remedy = next is null
            ? "Make the next key: canary repo keys rotate. Hosts that ask the repository before this one expires fetch it by themselves; "
                + "others are set up again with canary-host setup (without the package: hosts/install.sh)."
            : "Retire it when every host has the newer one: canary repo keys retire.";
        return expiry <= now
            ? CheckFailure.Unhealthy(
                $"The signing key {current.Fingerprint} has expired on {expiry:u}: hosts that know no other one refuse the repository.",
                remedy
            )
            : CheckFailure.Degraded($"The signing key {current.Fingerprint} expires on {expiry:u}.", remedy);
    }

    private HealthCheckResult? FaultOf(string name)
    {
        var suite = new SuiteDirectory(layout, name);
        if (
            suite.CurrentSignature is not { } signature
            || !keys.Now.All.All(signature.IsOf)
            || suite.CurrentRelease is not { } release
        )
        {
            return CheckFailure.Unhealthy(
                $"The suite {name} is not signed with the key that hosts are given.",
                SeeTheLog
            );
        }

        if (ReleaseFile.DateOf(release) is not { } date || ReleaseFile.ValidUntilOf(release) is not { } until)
        {
            return CheckFailure.Unhealthy(
                $"Release of the suite {name} does not say when it was made and until when it is valid.",
                SeeTheLog
            );
        }

        var now = time.GetUtcNow();
        if (date > now + Tolerance)
        {
            return CheckFailure.Unhealthy(
                $"The suite {name} is dated {date:u}, which is in the future by this machine's clock "
                    + $"({now:u}): hosts refuse it as not valid yet.",
                "Set the clocks right (chrony, systemd-timesyncd); a suite that was dated by a fast clock is accepted when that "
                    + "time has come."
            );
        }

        return until < now
            ? CheckFailure.Unhealthy(
                $"The signature of the suite {name} has lapsed on {until:u}: hosts refuse it.",
                SeeTheLog
            )
            : null;
    }
}
