using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Packaging;
using Canary.Durability.Jobs;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Files;
using Canary.Packager.Binaries;
using Canary.Packager.Builders;
using Canary.Packager.Checks;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Output;
using Canary.Packager.Rehearsal;
using Canary.Packager.Source;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Jobs;

/// <summary>Packages one commit: checkout, metadata, package, upload.</summary>
internal sealed class PackageJob(
    Workspaces workspaces,
    DataDirectory data,
    PublisherRules publisher,
    OutputDownloads outputs,
    LibraryDependencies libraries,
    IEnumerable<IPackageBuilder> builders,
    PackageRehearsal rehearsal,
    PackageUploads uploads,
    PackagingLogs logs,
    IOptions<PackagerOptions> options,
    ILogger<PackageJob> logger
) : IJobHandler<BuildPackage>
{
    public async Task<object> RunAsync(BuildPackage command, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);

        var log = new PackagingLog();
        object outcome;
        try
        {
            outcome = await PackageAsync(command, log, cancellation);
        }
        catch (Exception e) when (AsFailure(e) is { } failure)
        {
            logger.LogWarning(e, "Release {ReleaseId} could not be packaged: {Code}", command.ReleaseId, failure.Code);
            log.Failed(failure);
            outcome = Failed(command, failure);
        }

        await logs.WriteAsync(command.ReleaseId, log.ToString(), cancellation);
        return outcome;
    }

    public object Faulted(BuildPackage command, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(exception);

        return Failed(
            command,
            exception is CanaryException known
                ? known.ToFailure()
                : new Failure
                {
                    Code = PackagerCodes.PackagingError,
                    Message = $"Packaging {command.Application} met an unexpected error: {exception.Message}",
                    Remedy = $"Look for the release's id in the packager's log, then {Remedies.ReleaseAgain}.",
                }
        );
    }

    private async Task<PackageBuilt> PackageAsync(
        BuildPackage command,
        PackagingLog log,
        CancellationToken cancellation
    )
    {
        log.Started(command);
        await using var workspace = await workspaces.CheckoutAsync(
            new SourceRequest
            {
                CloneUrl = command.Source.CloneUrl,
                Commit = command.Source.Commit,
                Branch = command.Source.Branch,
            },
            cancellation
        );
        var commit = new CommitFacts(
            workspace.Commit,
            workspace.CommitTime,
            workspace.AuthorName,
            workspace.AuthorEmail,
            workspace.Title
        );
        var built = await FetchAsync(command.Output, workspace, cancellation);
        var (metadata, planned) = await Task.Run(
            () => Plan(command, commit, workspace, built, log, cancellation),
            cancellation
        );
        var found = await libraries.FindAsync(planned, workspace, cancellation);
        log.LibrariesFound(found);
        var package = planned.DependingOn(found.Relations);
        // Which repository the application belongs to, the publisher decides when the package is published.
        await publisher.CheckAsync(package, new PackageOwner(command.Application, null, false), cancellation);
        var file = await builders
            .Single(builder => builder.Kind == package.Builder)
            .BuildAsync(package, workspace.ScratchPath, log, cancellation);
        log.Built(package, file);
        var rehearsed = await rehearsal.RunAsync(
            new RehearsedPackage(package.Name, package.Version, package.Architecture, file.Path)
            {
                KeptDirectories = package.KeptDirectories,
            },
            workspace.ScratchPath,
            cancellation
        );
        log.Rehearsed(rehearsed);
        if (rehearsed?.Fault is { } fault)
        {
            throw fault;
        }

        await uploads.PutAsync(file, cancellation);
        log.Uploaded();
        return new PackageBuilt
        {
            ReleaseId = command.ReleaseId,
            Application = command.Application,
            JobId = command.JobId,
            Plan = PackagePlanner.PlanOf(metadata, package),
            Rehearsal = rehearsed?.Summary,
            Package = new PackageReference
            {
                Name = package.Name,
                Version = package.Version,
                Architecture = package.Architecture,
                Sha256 = file.Sha256,
                Size = file.Size,
            },
        };
    }

    private async Task<IReadOnlyList<SourceEntry>?> FetchAsync(
        BuildOutput? output,
        Workspace workspace,
        CancellationToken cancellation
    )
    {
        if (output is null)
        {
            return null;
        }

        var archive = Path.Combine(workspace.ScratchPath, "output.tar.zst");
        await outputs.FetchAsync(output, archive, cancellation);
        return await Task.Run(
            () => OutputArchive.Unpack(archive, output, Path.Combine(workspace.ScratchPath, "output"), cancellation),
            cancellation
        );
    }

    private (PackageMetadata Metadata, PackageSpec Package) Plan(
        BuildPackage command,
        CommitFacts commit,
        Workspace workspace,
        IReadOnlyList<SourceEntry>? built,
        PackagingLog log,
        CancellationToken cancellation
    )
    {
        var tree = SourceTree.Read(workspace.Path, workspace.Filtered, cancellation);
        var metadata = MetadataReader.Read(tree).BuiltBy(options.Value.Builder);
        log.MetadataRead(metadata);
        if (built is null && metadata.Output.Include.Count > 0)
        {
            throw OutputMissing();
        }

        var package = PackagePlanner.Plan(command.Application, commit, tree, metadata, options.Value, built);
        log.Planned(tree, metadata, package);
        log.OutputAdded(command.Output, package);
        return (metadata, package);
    }

    private static CanaryException OutputMissing() =>
        new(
            PackagerCodes.BuildOutputMissing,
            "canary.yml includes files that the build makes (package.include), and none came with the build: Jenkins and the provider "
                + "none hand over nothing, nor does a canary.yml that is a symbolic link say which.",
            "Build with the provider script or ssh (ci-coordinator.builds.provider), or remove `package` from canary.yml and let "
                + $"script/post-inst make the files; then {Remedies.ReleaseAgain}."
        );

    private Failure? AsFailure(Exception exception) =>
        exception switch
        {
            // A machine that has less to do finds them.
            CanaryException { Code: PackagerCodes.LibraryDependenciesUnknown } => null,
            CanaryException known => known.ToFailure(),
            _ => StorageFault.From(exception, data.Root)?.ToFailure(),
        };

    private static PackagingFailed Failed(BuildPackage command, Failure failure) =>
        new()
        {
            ReleaseId = command.ReleaseId,
            Application = command.Application,
            JobId = command.JobId,
            Failure = failure,
        };
}
