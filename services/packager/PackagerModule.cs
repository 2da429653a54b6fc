using Canary.Contracts.Packaging;
using Canary.GitHub;
using Canary.Hosting;
using Canary.Hosting.Discovery;
using Canary.Packager.Binaries;
using Canary.Packager.Builders;
using Canary.Packager.Checks;
using Canary.Packager.Jobs;
using Canary.Packager.Output;
using Canary.Packager.Rehearsal;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;

namespace Canary.Packager;

/// <summary>The packager: makes a Debian package of a commit and hands it to the publisher.</summary>
public static class PackagerModule
{
    internal const string Name = "packager";

    private static readonly TimeSpan RulesTimeout = TimeSpan.FromSeconds(4);

    /// <summary>Adds the packager to a host.</summary>
    public static CanaryHostBuilder AddPackager(this CanaryHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);

        return host.AddGitHub()
            .AddModule<PackagerStore>(
                Name,
                module =>
                {
                    module.AddOptions<PackagerOptions>();
                    module.AddWorkspaces();
                    module.AddJob<PackageJob, BuildPackage>(command => command.JobId);
                    module.AddJobCancellation<BuildPackage, CancelPackage>(command => command.JobId);
                    module.Services.AddServiceClient<PackageUploads>("repository-publisher");
                    module
                        .Services.AddOptions<HttpStandardResilienceOptions>($"{nameof(PackageUploads)}-standard")
                        .Configure<IOptions<PackagerOptions>>(
                            (http, packager) => http.AllowFor(packager.Value.UploadTimeout)
                        );
                    module.Services.AddServiceClient<OutputDownloads>("repository-publisher");
                    module
                        .Services.AddOptions<HttpStandardResilienceOptions>($"{nameof(OutputDownloads)}-standard")
                        .Configure<IOptions<PackagerOptions>>(
                            (http, packager) => http.AllowFor(packager.Value.UploadTimeout)
                        );
                    module.Services.AddServiceClient<PublisherRules>("repository-publisher");
                    module
                        .Services.AddOptions<HttpStandardResilienceOptions>($"{nameof(PublisherRules)}-standard")
                        .Configure(http =>
                        {
                            // Somebody waits for it, and it is not needed.
                            http.Retry.MaxRetryAttempts = 1;
                            http.AllowFor(RulesTimeout);
                        });
                    module.AddBuilders();
                    module.AddRehearsal();
                    module.Services.AddServiceClient<PackagingLogs>("ingress");
                    module.Services.AddSingleton<LibraryDependencies>();
                    module
                        .Services.AddHealthChecks()
                        .AddCheck<LibraryDependenciesCheck>(
                            "library-dependencies",
                            tags: [CanaryHostBuilder.DoctorTag]
                        );
                    module.Services.AddSingleton<MetadataCheck>();
                    module.MapEndpoints(routes => routes.MapChecks());
                }
            );
    }

    private static void AddRehearsal(this Module<PackagerStore> module)
    {
        module.Services.AddServiceClient<RunningVersions>("repository-publisher");
        module
            .Services.AddOptions<HttpStandardResilienceOptions>($"{nameof(RunningVersions)}-standard")
            .Configure<IOptions<PackagerOptions>>(
                (http, packager) =>
                {
                    // The release goes on without it.
                    http.Retry.MaxRetryAttempts = 1;
                    http.AllowFor(packager.Value.UploadTimeout);
                }
            );
        module.Services.AddSingleton<RehearsalSystem>();
        module.Services.AddTransient<PackageRehearsal>();
        module.Services.AddHealthChecks().AddCheck<RehearsalCheck>("rehearsal", tags: [CanaryHostBuilder.DoctorTag]);
    }
}
