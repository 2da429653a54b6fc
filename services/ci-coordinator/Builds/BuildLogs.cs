using Canary.Files;
using Canary.Hosting.Logs;
using Canary.Hosting.Security;

namespace Canary.CiCoordinator.Builds;

/// <summary>The logs of builds on their way to ingress.</summary>
internal sealed class BuildLogs(DataDirectory data, KnownSecrets secrets)
    : ShippedLogs(
        Path.Combine(data.For(CiCoordinatorModule.Name), "logs"),
        stage: "build",
        isContinued: false,
        secrets
    );
