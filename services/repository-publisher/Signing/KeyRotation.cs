using Canary.Failures;
using Canary.RepositoryPublisher.Suites;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>
/// Replaces the signing key without cutting a host off. First a second key signs as well, and hosts fetch it: a suite that they believe
/// names the keyring that holds both. Then the first one goes. Each step is one file that appears or is renamed; what follows from it
/// on disk is made up for at the next start should we die in between.
/// </summary>
internal sealed class KeyRotation(
    SigningKeys keys,
    PublishedKeyring keyring,
    SuiteWriter suites,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time,
    ILogger<KeyRotation> logger
)
{
    /// <summary>Makes the next key and signs with both from now on. Does nothing while two sign already.</summary>
    public async Task RotateAsync(CancellationToken cancellation)
    {
        keys.MakeNext(NewKey.From(options.Value), time.GetUtcNow());
        await ApplyAsync(cancellation);
        logger.LogInformation("The repository is signed with {Fingerprints} from now on", keys.Now.Fingerprints);
    }

    /// <summary>Removes the older of two keys.</summary>
    /// <param name="early">Although hosts may not have had the time to fetch the newer one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="CanaryException">There is only one, or both have not signed for long enough.</exception>
    public async Task RetireAsync(bool early, CancellationToken cancellation)
    {
        if (keys.Now.Next is not { } next)
        {
            throw new CanaryException(
                RepositoryPublisherCodes.KeyNotRotating,
                $"The repository has one signing key, {keys.Now.Current.Fingerprint}: there is none to retire.",
                "Make the next one first: canary repo keys rotate."
            );
        }

        var due = next.CreatedAt + options.Value.Signing.RotationPeriod;
        if (!early && due > time.GetUtcNow())
        {
            throw new CanaryException(
                RepositoryPublisherCodes.KeyRotationTooYoung,
                $"The key {next.Fingerprint} signs since {next.CreatedAt:u} only; a host that has not asked the repository since then "
                    + "does not know it, and would refuse everything.",
                $"Wait until {due:u}, or see that every host has it and say --force."
            );
        }

        var retired = keys.Now.Current.Fingerprint;
        keys.Retire();
        await ApplyAsync(cancellation);
        logger.LogInformation("The key {Retired} is retired; {Fingerprint} signs alone", retired, next.Fingerprint);
    }

    private async Task ApplyAsync(CancellationToken cancellation)
    {
        await suites.MaintainAsync(renew: !keyring.IsSaved, cancellation);
        await keyring.SaveAsync(cancellation);
        await keyring.SaveFingerprintAsync(cancellation);
    }
}
