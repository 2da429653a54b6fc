using Canary.Contracts.Deploying;
using Canary.Ingress.Releases;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Fleet;

/// <summary>Says before its build that a release has nowhere to go. The deployer knows better, an hour later.</summary>
internal sealed class FleetWarnings(IngressStore store)
{
    public async Task<IReadOnlyList<string>> OfAsync(ReleaseView release, CancellationToken cancellationToken)
    {
        if (
            !release.Deploys
            || await store.Fleet.AsNoTracking().SingleOrDefaultAsync(cancellationToken) is not { Hosts: var hosts }
        )
        {
            return [];
        }

        var name = release.Application;
        var channels = hosts.Where(host => FleetQueries.Runs(host, name)).Select(host => host.Channel).ToHashSet();
        var missing =
            channels.Count == 0 ? $"No host runs {name}: the release will be built, and then fail."
            : !channels.Contains(Channel.Production)
                ? $"No production host runs {name}: the release will end on its canaries."
            : !channels.Contains(Channel.Canary)
                ? $"No canary host runs {name}: the release will fail unless deployer.allow-no-canary is set."
            : null;
        return missing is null
            ? []
            :
            [
                $"{missing} Add hosts to the deployer's inventory with applications: [{name}]; canary hosts lists what is there.",
            ];
    }
}
