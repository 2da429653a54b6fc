using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Failures;
using Canary.Hosting;
using Canary.RepositoryPublisher;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Suites;
using Canary.RepositoryPublisher.Uploads;

namespace Canary.Packages;

/// <summary>A signed repository of Canary's own packages, made by the repository publisher as it makes those of applications.</summary>
internal static class OwnRepository
{
    private const string Suite = "stable";

    private const string Application = "canary";

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Takes packages in, and has the suite list them.</summary>
    /// <param name="data">Data directory of the publisher; made where it is not there.</param>
    /// <param name="packages">The packages.</param>
    /// <param name="cancellation">Stops between two of them; the suite is whole at any time.</param>
    public static async Task TakeInAsync(
        string data,
        IReadOnlyList<MadePackage> packages,
        CancellationToken cancellation
    )
    {
        var host = CanaryHost.CreateBuilder([
            $"hosting:data={data}",
            "hosting:listen=http://127.0.0.1:0",
            $"repository-publisher:suites:0={Suite}",
            "repository-publisher:description=Canary itself",
            // Nothing renews what lies on a web server.
            "repository-publisher:validfor=3650.00:00:00",
            "repository-publisher:retainedversions=1000",
        ]);
        host.AddRepositoryPublisher();
        // What it says of hosts and services is of no use to who makes packages.
        host.Services.AddSingleton(
            LoggerFactory.Create(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning))
        );
        await using var app = host.Build();
        await app.StartAsync(cancellation);
        foreach (var package in packages)
        {
            await TakeInAsync(app.Services, package, cancellation);
        }

        foreach (var package in packages)
        {
            await ListAsync(app.Services, package, cancellation);
        }

        var layout = app.Services.GetRequiredService<RepositoryLayout>();
        LetBeServed(data, layout);
        Console.WriteLine(
            $"""

            Repository  {layout.Public}, to be served as it is; everything else in {data} is private: it has the signing key
            Suite       {Suite} main
            Key         {layout.Keyring}
            Fingerprint {(await File.ReadAllTextAsync(layout.Fingerprint, cancellation)).Trim()}
            """
        );
        await app.StopAsync(cancellation);
    }

    /// <summary>A web server of another user reaches what is public, and nothing beside it.</summary>
    private static void LetBeServed(string data, RepositoryLayout layout)
    {
        foreach (var directory in (string[])[data, layout.Root])
        {
            foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
            {
                if (entry.FullName != layout.Root && entry.FullName != layout.Public)
                {
                    entry.UnixFileMode &= Owner;
                }
            }

            File.SetUnixFileMode(directory, Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    private static async Task TakeInAsync(
        IServiceProvider services,
        MadePackage package,
        CancellationToken cancellation
    )
    {
        await using (var file = File.OpenRead(package.File.Path))
        {
            await services.GetRequiredService<PackageUploads>().StoreAsync(package.File.Sha256, file, cancellation);
        }

        await services
            .GetRequiredService<PackagePool>()
            .TakeInAsync(
                new Publication(Application, Repository: null, IsConfigured: true),
                new PackageReference
                {
                    Name = package.Spec.Name,
                    Version = package.Spec.Version,
                    Architecture = package.Spec.Architecture,
                    Sha256 = package.File.Sha256,
                    Size = package.File.Size,
                },
                cancellation
            );
    }

    private static async Task ListAsync(IServiceProvider services, MadePackage package, CancellationToken cancellation)
    {
        var answer = await services
            .GetRequiredService<SuiteWriter>()
            .ApplyAsync(
                SuiteRequest.From(
                    new AdvertiseVersion
                    {
                        RequestId = Guid.NewGuid(),
                        RolloutId = Guid.NewGuid(),
                        Application = Application,
                        Suite = Suite,
                        Package = package.Spec.Name,
                        Version = package.Spec.Version,
                        PhasedPercentage = 100,
                    }
                ),
                cancellation
            );
        if (answer is AdvertisingFailed { Failure: var failure })
        {
            throw new CanaryException(failure.Code, failure.Message, failure.Remedy);
        }
    }
}
