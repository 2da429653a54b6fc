using Canary.Machines.Ssh;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Every HAProxy that shares requests out.</summary>
internal sealed class HaProxyInstances(
    IOptions<DeployerOptions> options,
    [FromKeyedServices(DeployerModule.Name)] SshConnections connections,
    TimeProvider time
)
{
    public IReadOnlyList<HaProxyInstance> All { get; } =
    [
        .. options
            .Value.Traffic.Haproxy.Instances.Distinct(StringComparer.Ordinal)
            .Select(text => RuntimeAddress.TryParse(text, out var address) ? address : null)
            .OfType<RuntimeAddress>()
            .Select(address => new HaProxyInstance(
                new RuntimeApi(
                    address.Text,
                    address switch
                    {
                        RuntimeAddress.Remote remote => new SshLink(connections, remote, time),
                        RuntimeAddress.Local local => new SocketLink(local.EndPoint),
                        _ => throw new InvalidOperationException($"Nothing leads to {address.Text}."),
                    },
                    options.Value.Traffic.Haproxy.RequestTimeout,
                    time
                )
            )),
    ];
}
