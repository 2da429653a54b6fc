using Canary.CiCoordinator.Builds;
using Canary.Contracts.Building;
using Canary.Contracts.Packaging;
using Canary.Failures;
using Canary.Hosting.Logs;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Canary.RepositoryPublisher.Uploads;
using MassTransit;

namespace Canary.Simulation.Tests.World;

/// <summary>In place of the scripts of a commit.</summary>
internal sealed class BuildStandIn(Commits commits) : IBuildProvider
{
    public Task<BuildResult> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation) =>
        commits[build.Source.Commit].Ailment == Ailment.Build
            ? throw new CanaryException("build-failed", "script/cibuild exited with 1.", "Correct it.")
            : Task.FromResult(new BuildResult(TimeSpan.Zero));
}

/// <summary>In place of the packager: a package of one file, in the same bytes for the same commit.</summary>
internal sealed class PackagerStandIn(Commits commits, PackageUploads uploads) : IConsumer<BuildPackage>
{
    public async Task Consume(ConsumeContext<BuildPackage> context)
    {
        var command = context.Message;
        var package = DebPackage.Create(command.Application, commits[command.Source.Commit].Version);
        using (var content = new MemoryStream(package.Bytes))
        {
            await uploads.StoreAsync(package.Sha256, content, context.CancellationToken);
        }

        await context.Publish(
            new PackageBuilt
            {
                ReleaseId = command.ReleaseId,
                Application = command.Application,
                JobId = command.JobId,
                Package = package.Reference,
                Plan = Application.Named(command.Application).Plan,
            },
            context.CancellationToken
        );
    }
}
