using Canary.Files;
using Canary.Hosting;
using Canary.Hosting.Health;
using Canary.Hosting.Security;
using Canary.RepositoryPublisher.Access;
using Canary.RepositoryPublisher.Catalog;
using Canary.RepositoryPublisher.Contents;
using Canary.RepositoryPublisher.Import;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Sbom;
using Canary.RepositoryPublisher.Serving;
using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Suites;
using Canary.RepositoryPublisher.Uploads;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher;

/// <summary>The service that owns the APT repository.</summary>
public static class RepositoryPublisherModule
{
    private const string Name = "repository-publisher";

    /// <summary>Adds the repository: upload, pool, signed suites, serving.</summary>
    public static CanaryHostBuilder AddRepositoryPublisher(this CanaryHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.AddModule<RepositoryStore>(
            Name,
            module =>
            {
                module.AddOptions<RepositoryPublisherOptions>();
                module.Services.AddRepository();
                module.AddConsumer<PublishPackageConsumer>();
                module.AddConsumer<KeepVersionsConsumer>();
                module.AddConsumer<AdvertiseVersionConsumer>();
                module.AddConsumer<WithdrawVersionConsumer>();
                module.MapEndpoints(routes =>
                {
                    routes.MapAdmission();
                    routes.MapUploads();
                    routes.MapOutputs();
                    routes.MapCatalog();
                    routes.MapImport();
                    routes.MapRepository();
                });
            }
        );
    }

    private static void AddRepository(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new RepositoryLayout(provider.GetRequiredService<DataDirectory>().For(Name)));
        services.AddSingleton(provider =>
            SigningKeys.Open(
                provider.GetRequiredService<RepositoryLayout>(),
                provider.GetRequiredService<IOptions<RepositoryPublisherOptions>>(),
                provider.GetRequiredService<TimeProvider>()
            )
        );
        services.AddSingleton(provider =>
            SecretSource.OfFiles(() =>
            {
                var keys = new SigningKeys(provider.GetRequiredService<RepositoryLayout>());
                return [keys.CurrentFile, keys.NextFile];
            })
        );
        services.AddSingleton<PublishedKeyring>();
        services.AddSingleton<KeyRotation>();
        services.AddSingleton<RepositoryWriteLock>();
        services.AddSingleton<PackageAdmission>();
        services.AddSingleton<HostReading>();
        services.AddSingleton<PackageUploads>();
        services.AddSingleton<OutputUploads>();
        services.AddSingleton<NameOwnership>();
        services.AddSingleton<PackagePool>();
        services.AddSingleton<SuiteWriter>();
        services.AddSingleton<OfferedPackages>();
        services.AddSingleton<IndexListing>();
        services.AddSingleton<SbomWriter>();
        services.AddSingleton<PackageContents>();
        services.AddSingleton<ContentsWriter>();
        services.AddSingleton<RepositoryUsers>();
        services.AddSingleton<RepositoryAccess>();
        services.AddSingleton<RefusedPasswords>();
        services.AddScoped<PackageCatalog>();
        services.AddScoped<RepositoryImport>();
        services.AddScoped<RepositoryVerifier>();
        services.AddHostedService<RepositoryMaintenance>();
        services
            .AddHealthChecks()
            .AddCheck<SigningCheck>("signing-key", tags: [CanaryHostBuilder.DoctorTag])
            .AddCheck<AccessCheck>("repository-access", tags: [CanaryHostBuilder.DoctorTag])
            .AddCheck(
                "package-reading",
                new ProgramsCheck(
                    HostReading.Programs,
                    "No apt and dpkg read a package before hosts do; Canary's own rules have to suffice.",
                    "Run the repository publisher on Debian or Ubuntu."
                ),
                tags: [CanaryHostBuilder.DoctorTag]
            );
    }
}
