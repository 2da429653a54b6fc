using Canary.Files;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds;

/// <summary>The logs of builds on their way to ingress.</summary>
internal sealed class BuildLogs(DataDirectory data)
    : ShippedLogs(Path.Combine(data.For(CiCoordinatorModule.Name), "logs"), stage: "build", isContinued: false);
