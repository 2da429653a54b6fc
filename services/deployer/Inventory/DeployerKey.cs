using Canary.Failures;
using Canary.Machines.Ssh;

namespace Canary.Deployer.Inventory;

/// <summary>The public key that hosts have to let in.</summary>
internal sealed class DeployerKey(
    [FromKeyedServices(DeployerModule.Name)] SshConnections connections,
    ILogger<DeployerKey> logger
)
{
    private string? _said;

    /// <summary>One line of <c>authorized_keys</c>; <c>null</c>: it cannot be read now.</summary>
    public string? Line()
    {
        try
        {
            return connections.Key.PublicLine();
        }
        catch (CanaryException exception)
        {
            // It is asked for every few seconds.
            if (Interlocked.Exchange(ref _said, exception.Message) != exception.Message)
            {
                logger.LogWarning("{Message} {Remedy}", exception.Message, exception.Remedy);
            }

            return null;
        }
    }
}
