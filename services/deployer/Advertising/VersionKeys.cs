using Canary.Consul;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Failures;

namespace Canary.Deployer.Advertising;

/// <summary>Brings the keys of an application in Consul to what the suites list. Several deployers may do so at once, and people
/// may write in between: nothing is written on top of what was not read.</summary>
internal sealed class VersionKeys(AdvertisedVersions versions, ConsulKeys keys, ConsulNames names)
{
    private const int Tries = 20;

    /// <exception cref="CanaryException">Consul cannot be reached, or does not allow it.</exception>
    public async Task BringUpToDateAsync(string application, CancellationToken cancellation)
    {
        for (var i = 1; ; i++)
        {
            // Read before the versions are: whatever is written after that makes the transaction fail.
            var production = await ReadAsync(application, Channel.Production, cancellation);
            var canary = await ReadAsync(application, Channel.Canary, cancellation);
            List<ConsulChange> changes =
            [
                .. await ChangeOfAsync(application, Channel.Production, production, cancellation),
                .. await ChangeOfAsync(application, Channel.Canary, canary, cancellation),
            ];
            if (changes.Count == 0)
            {
                return;
            }

            var conflicts = await keys.TransactAsync(changes, cancellation);
            if (conflicts.Count == 0)
            {
                return;
            }

            if (i == Tries)
            {
                throw new CanaryException(
                    "version-keys-contended",
                    $"The keys {string.Join(" and ", conflicts.Select(x => x.Key))} in Consul are written all the time by "
                        + $"somebody else: {conflicts[0].Problem}",
                    "Find out who writes them; they are the deployer's to write."
                );
            }
        }
    }

    private Task<ConsulValue?> ReadAsync(string application, Channel channel, CancellationToken cancellation) =>
        keys.GetAsync(names.KeyOf(application, channel), cancellation);

    private async Task<ConsulChange[]> ChangeOfAsync(
        string application,
        Channel channel,
        ConsulValue? now,
        CancellationToken cancellation
    )
    {
        var wanted = await versions.OfAsync(application, channel, cancellation);
        if (wanted == now?.Text)
        {
            return [];
        }

        // A value that never was ours is not ours to remove.
        return wanted is null && !(await versions.EverAsync(application, cancellation)).Contains(now!.Text)
            ? []
            : [new ConsulChange(names.KeyOf(application, channel), wanted, now?.Version ?? 0)];
    }
}
