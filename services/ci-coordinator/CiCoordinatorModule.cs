using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Caches;
using Canary.CiCoordinator.Builds.Hosts;
using Canary.CiCoordinator.Builds.Jenkins;
using Canary.CiCoordinator.Builds.Outputs;
using Canary.CiCoordinator.Builds.PullRequests;
using Canary.CiCoordinator.Releases;
using Canary.Consul;
using Canary.Contracts.Building;
using Canary.Durability.Jobs;
using Canary.Files;
using Canary.GitHub;
using Canary.Hosting;
using Canary.Hosting.Discovery;
using Canary.Hosting.Logs;
using Canary.Processes.Sandboxes;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator;

/// <summary>The service that takes each push through its stages.</summary>
public static class CiCoordinatorModule
{
    /// <summary>Name of the service.</summary>
    public const string Name = "ci-coordinator";

    /// <summary>Adds the service to a host.</summary>
    public static CanaryHostBuilder AddCiCoordinator(this CanaryHostBuilder host) =>
        host.AddConsul()
            .AddGitHub()
            .AddModule<ReleaseStore>(
                Name,
                module =>
                {
                    module.AddOptions<ReleaseOptions>("releases");
                    module
                        .Services.AddScoped<Lanes>()
                        .AddScoped<Plans>()
                        .AddScoped<ReleaseOpening>()
                        .AddScoped<Holds>();
                    module.Services.AddSingleton<Forgetting>();
                    module.Services.AddHostedService(services => services.GetRequiredService<Forgetting>());
                    module.AddConsumer<AdmitPushConsumer>(ReleasePartitions.ConfigureLane);
                    module.AddConsumer<DeployReleaseConsumer>();
                    module.AddConsumer<HoldApplicationConsumer>();
                    module.AddConsumer<ResumeApplicationConsumer>();
                    module.AddSaga<ReleaseStateMachine, ReleaseState>(
                        "ci-coordinator-release",
                        ReleasePartitions.Configure
                    );

                    module.AddOptions<BuildOptions>("builds");
                    module.AddWorkspaces();
                    module.AddJob<BuildJob, StartBuild>(build => build.JobId);
                    module.AddJobCancellation<StartBuild, CancelBuild>(cancel => cancel.JobId);
                    module.AddJob<PullRequestBuildJob, BuildPullRequest>(
                        command => command.Build.JobId,
                        new JobLane(
                            "pull-requests",
                            services =>
                                services.GetRequiredService<IOptions<BuildOptions>>().Value.PullRequests.Concurrency
                        )
                    );
                    module.AddJobCancellation<BuildPullRequest, CancelPullRequestBuild>(cancel => cancel.JobId);
                    module.Services.AddSingleton<ConventionBuild>();
                    module.AddBuildOutputs();
                    module.AddBuildProviders();
                    module.AddSecretsCheck();
                    module.Services.AddLogShipping<BuildLogs>();
                }
            );

    private static void AddBuildProviders(this Module<ReleaseStore> module) =>
        module.AddProviders(
            "builds:provider",
            ScriptBuildProvider.ProviderName,
            builds =>
                builds
                    .Add(
                        NoBuildProvider.ProviderName,
                        () => module.Services.AddSingleton<IBuildProvider, NoBuildProvider>()
                    )
                    .Add(ScriptBuildProvider.ProviderName, module.AddScripts)
                    .Add(SshBuildProvider.ProviderName, module.AddBuildHosts)
                    .Add(JenkinsBuildProvider.ProviderName, module.AddJenkins)
        );

    private static void AddBuildOutputs(this Module<ReleaseStore> module)
    {
        module
            .Services.AddSingleton<LocalFiles>()
            .AddSingleton<BuildOutputs>()
            .AddSingleton<Func<OutputUploads>>(services => services.GetRequiredService<OutputUploads>);
        module.Services.AddServiceClient<OutputUploads>("repository-publisher");
        module
            .Services.AddOptions<HttpStandardResilienceOptions>($"{nameof(OutputUploads)}-standard")
            .Configure<IOptions<BuildOptions>>((http, builds) => http.AllowFor(builds.Value.Output.UploadTimeout));
    }

    private static void AddSecretsCheck(this Module<ReleaseStore> module)
    {
        // Whoever gives no secrets does not want to hear of them.
        if (module.Configuration.GetSection("builds:applications").GetChildren().Any())
        {
            module
                .Services.AddHealthChecks()
                .AddCheck<BuildSecretsCheck>("build-secrets", tags: [CanaryHostBuilder.DoctorTag]);
        }
    }

    private static void AddScripts(this Module<ReleaseStore> module)
    {
        module.Services.AddSingleton<IBuildProvider, ScriptBuildProvider>().AddSingleton<LocalCaches>();
        module.Services.AddSingleton(services => new Sandbox(
            services.GetRequiredService<DataDirectory>(),
            services.GetRequiredService<IOptions<BuildOptions>>().Value.Sandbox
        ));
        module.Services.AddHealthChecks().AddCheck<SandboxCheck>("sandbox", tags: [CanaryHostBuilder.DoctorTag]);
    }
}
