using Canary.Contracts;
using Canary.Contracts.Packaging;
using Canary.Durability.Jobs;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Files;
using Canary.Packager.Checks;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Jobs;

/// <summary>Packages one commit: checkout, metadata, package, upload.</summary>
internal sealed class PackageJob(
    Workspaces workspaces,
    DataDirectory data,
    PublisherRules publisher,
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
        var (metadata, package) = await Task.Run(
            () => Plan(command, commit, workspace, log, cancellation),
            cancellation
        );
        // Which repository the application belongs to, the publisher decides when the package is published.
        await publisher.CheckAsync(package, new PackageOwner(command.Application, null, false), cancellation);
        var built = await Task.Run(() => Build(package, workspace, log, cancellation), cancellation);
        await uploads.PutAsync(built, cancellation);
        log.Uploaded();
        return new PackageBuilt
        {
            ReleaseId = command.ReleaseId,
            Application = command.Application,
            JobId = command.JobId,
            Plan = PackagePlanner.PlanOf(metadata, package),
            Package = new PackageReference
            {
                Name = package.Name,
                Version = package.Version,
                Architecture = package.Architecture,
                Sha256 = built.Sha256,
                Size = built.Size,
            },
        };
    }

    private (PackageMetadata Metadata, PackageSpec Package) Plan(
        BuildPackage command,
        CommitFacts commit,
        Workspace workspace,
        PackagingLog log,
        CancellationToken cancellation
    )
    {
        var tree = SourceTree.Read(workspace.Path, workspace.Filtered, cancellation);
        var metadata = MetadataReader.Read(tree);
        log.MetadataRead(metadata);
        var package = PackagePlanner.Plan(command.Application, commit, tree, metadata, options.Value);
        log.Planned(tree, metadata, package);
        return (metadata, package);
    }

    private BuiltPackage Build(
        PackageSpec package,
        Workspace workspace,
        PackagingLog log,
        CancellationToken cancellation
    )
    {
        var built = new DebBuilder(options.Value.ThreadsOrDefault).Build(
            package,
            Path.Combine(workspace.ScratchPath, "package.deb"),
            cancellation
        );
        log.Built(package, built);
        return built;
    }

    private Failure? AsFailure(Exception exception) =>
        exception switch
        {
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
