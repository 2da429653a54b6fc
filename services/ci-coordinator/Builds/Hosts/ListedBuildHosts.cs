using Canary.Machines.Ssh;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>The build hosts of the configuration.</summary>
internal sealed class ListedBuildHosts(IOptions<BuildOptions> options) : IBuildHosts
{
    private readonly BuildHostsFound _found = new(
        [
            .. options.Value.Hosts.List.Select(host => new BuildHost(
                new SshTarget(host.Name, host.Address ?? host.Name, host.Ssh.ToAccess()),
                host.Builds
            )),
        ],
        Faults: []
    );

    public string HowToAdd => "List it in ci-coordinator.builds.hosts.list.";

    public Task<BuildHostsFound> FindAsync(CancellationToken cancellation) => Task.FromResult(_found);
}
