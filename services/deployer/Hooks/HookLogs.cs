using Canary.Deployer.Hosts;
using Canary.Deployer.Rollouts;
using Canary.Files;
using Canary.Hosting.Logs;
using Canary.Hosting.Security;

namespace Canary.Deployer.Hooks;

/// <summary>What the script before the first host prints, on its way to ingress.</summary>
internal sealed class HookLogs(DataDirectory data, KnownSecrets secrets, ILogger<HookLogs> logger)
    : HostLogs(Path.Combine(data.For(DeployerModule.Name), "hook-logs"), Steps.PreDeploy, secrets, logger)
{
    /// <summary>Goes on with the log of a release.</summary>
    /// <param name="releaseId">The release.</param>
    /// <param name="heading">What comes now; empty: more of the same.</param>
    public Entry Begin(Guid releaseId, string heading) => Begin(new LogName(releaseId), heading);
}
