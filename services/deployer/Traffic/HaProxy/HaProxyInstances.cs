using Microsoft.Extensions.Options;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Every HAProxy that shares requests out.</summary>
internal sealed class HaProxyInstances(IOptions<DeployerOptions> options, TimeProvider time)
{
    public IReadOnlyList<HaProxyInstance> All { get; } =
    [
        .. options
            .Value.Traffic.Haproxy.Instances.Distinct(StringComparer.Ordinal)
            .Select(text => RuntimeAddress.TryParse(text, out var address) ? address : null)
            .OfType<RuntimeAddress>()
            .Select(address => new HaProxyInstance(
                new RuntimeApi(address, options.Value.Traffic.Haproxy.RequestTimeout, time)
            )),
    ];
}
