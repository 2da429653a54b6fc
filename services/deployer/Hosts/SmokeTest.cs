using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Hosts;

/// <summary>Runs the command of an application that tries a healthy canary, once, before it soaks.</summary>
internal sealed class SmokeTest(HostTransports transports, IOptions<DeployerOptions> options)
{
    /// <exception cref="CanaryException"><c>smoke-failed</c>, <c>host-unreachable</c></exception>
    public async Task RunAsync(
        InventoryHost host,
        HealthTarget target,
        SmokeCommand smoke,
        CancellationToken cancellation
    )
    {
        HostLogs.Here?.Say($"smoke test: {string.Join(' ', smoke.Command)}");
        var problem = await transports
            .For(host)
            .RunHealthCommandAsync(
                host,
                target,
                smoke.Command,
                smoke.TimeLimit ?? options.Value.SmokeTimeLimit,
                cancellation
            );
        HostLogs.Here?.Say($"smoke test: {problem ?? "passed"}");
        if (problem is not null)
        {
            throw new CanaryException(
                DeployerCodes.SmokeFailed,
                $"The smoke test of {target.Package} {target.Version} failed on {host.Name}: {problem}",
                $"Look at what it printed: canary releases logs ID --host {host.Name}. Correct the application, or its smoke test, and push."
            );
        }
    }
}
