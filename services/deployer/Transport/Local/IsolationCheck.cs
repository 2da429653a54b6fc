using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Files;
using Canary.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Transport.Local;

/// <summary>Whether this machine lets simulated hosts be kept apart from it: boots one that has nothing, for <c>canary
/// doctor</c>.</summary>
internal sealed class IsolationCheck(
    IInventory inventory,
    MachineConfiguration configuration,
    HostPrograms programs,
    DataDirectory data,
    IOptions<DeployerOptions> options
) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var (hosts, _) = await inventory.ReadAsync(cancellationToken);
            return hosts.All(host => host.Transport != LocalChannel.TransportName)
                    ? HealthCheckResult.Healthy("No host is simulated.")
                : options.Value.Local.UnsafeScriptsOnThisMachine
                    ? CheckFailure.Degraded(
                        "Scripts of packages for simulated hosts run on this machine itself.",
                        "Take deployer.local.unsafe-scripts-on-this-machine out where packages are not trusted as much."
                    )
                : await TryAsync(cancellationToken);
        }
        catch (CanaryException exception) when (exception.Code == IInventory.Unavailable)
        {
            return HealthCheckResult.Healthy($"No host is known: {exception.Message}");
        }
    }

    private async Task<HealthCheckResult> TryAsync(CancellationToken cancellation)
    {
        var root = Directory.CreateDirectory(Path.Combine(data.For(DeployerModule.Name), "machine", "probe")).FullName;
        var etc = await configuration.PathAsync(cancellation);
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = programs.Machine,
                Arguments = ["run", root, etc, "/usr/bin/true"],
                WorkingDirectory = root,
                Owner = root,
                Environment = AptRoot.BaseEnvironment,
                TimeLimit = Limit,
                // What holds the machine together ends by itself, when it finds nothing inside.
                Leftovers = Leftovers.Leave,
            },
            cancellation
        );
        return result.ExitCode == 0
            ? HealthCheckResult.Healthy("Simulated hosts are kept apart from this machine.")
            : CheckFailure.Unhealthy(Isolation.Failure("A host", result.OutputTail));
    }
}
