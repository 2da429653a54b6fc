using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Hosts;
using Canary.CiCoordinator.Releases;
using Canary.Consul;
using Canary.Contracts.Building;
using Canary.Hosting;
using Canary.Hosting.Discovery;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator;

/// <summary>The service that takes each push through its stages.</summary>
public static class CiCoordinatorModule
{
    /// <summary>Name of the service.</summary>
    public const string Name = "ci-coordinator";

    /// <summary>Adds the service to a host.</summary>
    public static CanaryHostBuilder AddCiCoordinator(this CanaryHostBuilder host) =>
        host.AddConsul()
            .AddModule<ReleaseStore>(
                Name,
                module =>
                {
                    module.AddOptions<ReleaseOptions>("releases");
                    module.AddConsumer<AdmitPush>();
                    module.AddSaga<ReleaseStateMachine, ReleaseState>(
                        "ci-coordinator-release",
                        ReleasePartitions.Configure
                    );

                    module.AddOptions<BuildOptions>("builds");
                    module.AddWorkspaces();
                    module.AddJob<BuildJob, StartBuild>(build => build.JobId);
                    module.AddJobCancellation<StartBuild, CancelBuild>(cancel => cancel.JobId);
                    module.Services.AddSingleton<ConventionBuild>();
                    module.Services.AddSingleton<IBuildProvider, ScriptBuildProvider>();
                    module.Services.AddSingleton<IBuildProvider, NoBuildProvider>();
                    module.AddBuildHosts();
                    module.Services.AddLogShipping<BuildLogs>();
                }
            );
}
