using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Outputs;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Logs;
using Canary.Hosting.Security;
using Canary.Packager;
using Canary.Packager.Binaries;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PackagerTree = Canary.Packager.Source.SourceTree;
using ReceivedOutput = Canary.Packager.Output.OutputArchive;

namespace Canary.Reproducibility.Tests;

/// <summary>
/// What reprotest runs, in a copy of the sample application: what ci-coordinator does to build and collect, and what the packager does to make
/// a package of it. Leaves the archive of the output, and a package in each compression.
/// </summary>
internal sealed class PackageCommand : IAsyncDisposable
{
    /// <summary>Its name on the command line.</summary>
    public const string Verb = "package";

    /// <summary>What it leaves.</summary>
    public const string Products = "*.deb *.tar.zst";

    private readonly string _place;

    private readonly DataDirectory _data;

    private readonly Workspaces _workspaces;

    private readonly SourceReference _source;

    private PackageCommand(string place, string commit)
    {
        _place = place;
        _data = new DataDirectory(Directory.CreateDirectory(Path.Combine(place, "data")).FullName);
        _workspaces = WorkspacesIn(Path.Combine(place, "workspaces"));
        _source = new SourceReference
        {
            Repository = "acme/shop",
            CloneUrl = Path.Combine(place, SampleApplication.Repository),
            Branch = "main",
            Commit = commit,
        };
    }

    /// <summary>Works in the current directory.</summary>
    public static async Task<int> RunAsync()
    {
        var place = Directory.GetCurrentDirectory();
        var commit = await ProcessRunner.OutputOfAsync(
            "git",
            ["rev-parse", "main"],
            Path.Combine(place, SampleApplication.Repository)
        );
        await using var command = new PackageCommand(place, commit.Trim());
        await command.PackageAsync(await command.BuildAsync());
        return 0;
    }

    public ValueTask DisposeAsync() => _workspaces.DisposeAsync();

    private async Task<BuildOutput> BuildAsync()
    {
        var options = Options.Create(new BuildOptions());
        var outputs = new BuildOutputs(
            new LocalFiles(_data),
            () => throw new InvalidOperationException("Nothing is handed over."),
            options
        );
        await using var workspace = await CheckoutAsync(_workspaces);
        var build = new StartBuild
        {
            JobId = Guid.NewGuid(),
            ReleaseId = Guid.NewGuid(),
            Application = "shop",
            Source = _source,
            Deploys = true,
        };
        var plan = (await outputs.PlanAsync(build, workspace, CancellationToken.None))!;
        await ProcessRunner.OutputOfAsync(
            Path.Combine(workspace.Path, "script", "cibuild"),
            [],
            workspace.Path,
            new Dictionary<string, string?> { ["OUTPUT"] = Path.Combine(_place, SampleApplication.Output) }
        );
        await using var log = new BuildLogs(_data, new KnownSecrets([])).Open(new LogName(build.ReleaseId));
        var collected = await outputs.For(plan)!.CollectAsync(outputs.In(workspace), log, CancellationToken.None);
        File.Copy(plan.Archive, Archive);
        return collected.Output!;
    }

    private async Task PackageAsync(BuildOutput output)
    {
        await using var workspace = await CheckoutAsync(_workspaces);
        // dpkg-shlibdeps runs as another user, whom a directory that lists its files in another order does not let in.
        using var elsewhere = new TempDirectory();
        await using var others = WorkspacesIn(elsewhere.Path);
        await using var room = await CheckoutAsync(others);
        var built = ReceivedOutput.Unpack(Archive, output, Path.Combine(workspace.ScratchPath, "output"));
        var tree = PackagerTree.Read(workspace.Path, workspace.Filtered);
        var commit = new CommitFacts(
            workspace.Commit,
            workspace.CommitTime,
            workspace.AuthorName,
            workspace.AuthorEmail,
            workspace.Title
        );
        foreach (var compression in Enum.GetValues<Compression>())
        {
            var options = new PackagerOptions { Compression = compression };
            var planned = PackagePlanner.Plan("shop", commit, tree, MetadataReader.Read(tree), options, built);
            var found = await new LibraryDependencies(_data, Options.Create(options)).FindAsync(
                planned,
                room,
                CancellationToken.None
            );
            if (found.Problem is { } problem)
            {
                throw new InvalidOperationException(problem);
            }

            Directory.Delete(Path.Combine(room.ScratchPath, "libraries"), recursive: true);
            new DebBuilder(options.ThreadsOrDefault).Build(
                planned.DependingOn(found.Relations),
                Path.Combine(_place, $"shop.{compression.ToString().ToLowerInvariant()}.deb")
            );
        }
    }

    private string Archive => Path.Combine(_place, "output.tar.zst");

    private static Workspaces WorkspacesIn(string directory) =>
        new(directory, new WorkspaceOptions(), NullLogger<Workspaces>.Instance);

    private Task<Workspace> CheckoutAsync(Workspaces workspaces) =>
        workspaces.CheckoutAsync(
            new SourceRequest
            {
                CloneUrl = _source.CloneUrl,
                Commit = _source.Commit,
                Branch = _source.Branch,
            }
        );
}
