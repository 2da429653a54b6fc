using System.Globalization;
using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Outputs;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Files;
using Canary.Hosting.Logs;
using Canary.Hosting.Security;
using Canary.Packager;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Output;
using Canary.Processes.Workspaces;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OutputArchive = Canary.Packager.Output.OutputArchive;
using SourceTree = Canary.Packager.Source.SourceTree;

namespace Canary.Benchmarks;

/// <summary>Two checkouts of a commit, that of its build with what the scripts made and that of the packager, a publisher between them, and the
/// same files where dpkg-deb wants them.</summary>
internal sealed class OutputPlace : IAsyncDisposable
{
    private static readonly IOptions<BuildOptions> Builds = Options.Create(new BuildOptions());

    private readonly TempDirectory _directory;

    private readonly Workspaces _workspaces;

    private readonly Repository _publisher;

    private readonly Workspace _build;

    private readonly Workspace _packaging;

    private readonly StartBuild _command;

    private readonly BuildOutputs _outputs;

    private readonly OutputDownloads _downloads;

    private readonly BuildLogs _logs;

    private readonly OutputPlan _plan;

    /// <summary>In memory: the scripts unpack ten thousand files, and how fast a disk makes files is not what is measured.</summary>
    private string ScriptsPlace { get; } = $"/dev/shm/{Path.GetRandomFileName()}";

    private OutputPlace(
        TempDirectory directory,
        Workspaces workspaces,
        Repository publisher,
        Workspace build,
        Workspace packaging,
        StartBuild command,
        BuildOutputs outputs,
        OutputPlan plan
    )
    {
        _directory = directory;
        _workspaces = workspaces;
        _publisher = publisher;
        _build = build;
        _packaging = packaging;
        _command = command;
        _outputs = outputs;
        _plan = plan;
        _downloads = new OutputDownloads(
            publisher.Http,
            Options.Create(new PackagerOptions()),
            TimeProvider.System,
            NullLogger<OutputDownloads>.Instance
        );
        _logs = new BuildLogs(new DataDirectory(directory.Combine("data")), new KnownSecrets([]));
    }

    public static async Task<OutputPlace> MakeAsync(int files, long bytes, CancellationToken cancellation)
    {
        var directory = new TempDirectory();
        var repository = await GitRepository.CreateInAsync(directory.CreateDirectory("app"));
        repository
            .WithConventionScripts()
            .WithFile("canary.yml", "package:\n  include: [\"node_modules/**\"]\n")
            .WithFile(".gitignore", "node_modules/\n");
        var source = new SourceReference
        {
            Repository = "acme/app",
            CloneUrl = repository.Path,
            Branch = "main",
            Commit = await repository.CommitAsync(),
        };
        var request = new SourceRequest
        {
            CloneUrl = source.CloneUrl,
            Commit = source.Commit,
            Branch = source.Branch,
        };
        var workspaces = new Workspaces(
            directory.Combine("workspaces"),
            new WorkspaceOptions(),
            NullLogger<Workspaces>.Instance
        );
        var publisher = await Repository.StartAsync(directory.CreateDirectory("publisher"));
        var build = await workspaces.CheckoutAsync(request, cancellation);
        var command = new StartBuild
        {
            JobId = Guid.NewGuid(),
            ReleaseId = Guid.NewGuid(),
            Application = "app",
            Source = source,
            Deploys = true,
        };
        var uploads = new OutputUploads(
            publisher.Http,
            Builds,
            TimeProvider.System,
            NullLogger<OutputUploads>.Instance
        );
        var outputs = new BuildOutputs(
            new LocalFiles(new DataDirectory(directory.Combine("data"))),
            () => uploads,
            Builds
        );
        var plan = await outputs.PlanAsync(command, build, cancellation);
        var place = new OutputPlace(
            directory,
            workspaces,
            publisher,
            build,
            await workspaces.CheckoutAsync(request, cancellation),
            command,
            outputs,
            plan!
        );
        // As the scripts do.
        ApplicationTree.CreateModules(Path.Combine(build.Path, "node_modules"), files, bytes);
        await place.LayOutForDpkgAsync(cancellation);
        return place;
    }

    /// <summary>Lets nobody have anything of what was brought before.</summary>
    public void ForgetOutputs()
    {
        if (Directory.Exists(_publisher.Layout.Outputs))
        {
            Directory.Delete(_publisher.Layout.Outputs, recursive: true);
        }

        Directory.Delete(_packaging.ScratchPath, recursive: true);
        Directory.CreateDirectory(_packaging.ScratchPath);
        if (Directory.Exists(Path.Combine(ScriptsPlace, "root", "opt", "app", "node_modules")))
        {
            Directory.Delete(Path.Combine(ScriptsPlace, "root", "opt", "app", "node_modules"), recursive: true);
        }
    }

    /// <summary>All that becomes of what a build made, as the services do it.</summary>
    public async Task PackageAsync(
        Compression compression,
        int threads,
        StageWatch watch,
        CancellationToken cancellation
    )
    {
        CollectedOutput collected;
        await using (var log = _logs.Open(new LogName(_command.ReleaseId)))
        {
            collected = await _outputs.For(_plan)!.CollectAsync(_outputs.In(_build), log, cancellation);
        }

        watch.End();
        await _outputs.HandOverAsync(_plan, new ScriptsPassed(TimeSpan.Zero, collected), cancellation);
        watch.End();
        var archive = Path.Combine(_packaging.ScratchPath, "output.tar.zst");
        await _downloads.FetchAsync(collected.Output!, archive, cancellation);
        watch.End();
        var built = OutputArchive.Unpack(
            archive,
            collected.Output!,
            Path.Combine(_packaging.ScratchPath, "output"),
            cancellation
        );
        watch.End();
        var tree = SourceTree.Read(_packaging.Path, _packaging.Filtered, cancellation);
        var package = PackagePlanner.Plan(
            "app",
            new CommitFacts(
                _packaging.Commit,
                _packaging.CommitTime,
                _packaging.AuthorName,
                _packaging.AuthorEmail,
                _packaging.Title
            ),
            tree,
            MetadataReader.Read(tree),
            new PackagerOptions { Compression = compression },
            built
        );
        watch.End();
        new DebBuilder(threads).Build(package, Path.Combine(_packaging.ScratchPath, "package.deb"), cancellation);
        watch.End();
    }

    /// <summary>The same package by dpkg-deb.</summary>
    public Task PackByDpkgAsync(Compression compression, int threads, CancellationToken cancellation) =>
        DpkgDeb.PackAsync(
            _directory.Combine("root"),
            _directory.Combine("peer.deb"),
            compression,
            threads,
            cancellation
        );

    /// <summary>All of it by scripts: the files go from one checkout to another as an archive, and dpkg-deb packs them there.</summary>
    public async Task PackByScriptsAsync(Compression compression, int threads, CancellationToken cancellation)
    {
        await ProcessRunner.OutputOfAsync(
            "sh",
            [
                "-ec",
                "tar -C \"$1\" -c node_modules | zstd -q -1 -T\"$2\" > output.tar.zst; sha256sum output.tar.zst > digest; "
                    + "sha256sum --quiet -c digest; zstd -dqc output.tar.zst | tar -C root/opt/app -x",
                "sh",
                _build.Path,
                string.Create(CultureInfo.InvariantCulture, $"{threads}"),
            ],
            ScriptsPlace,
            cancellationToken: cancellation
        );
        await DpkgDeb.PackAsync(
            Path.Combine(ScriptsPlace, "root"),
            Path.Combine(ScriptsPlace, "package.deb"),
            compression,
            threads,
            cancellation
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _build.DisposeAsync();
        await _packaging.DisposeAsync();
        await _workspaces.DisposeAsync();
        await _publisher.DisposeAsync();
        _directory.Dispose();
        Directory.Delete(ScriptsPlace, recursive: true);
    }

    private async Task LayOutForDpkgAsync(CancellationToken cancellation)
    {
        foreach (
            var (root, checkout) in new[]
            {
                (_directory.Combine("root"), _build),
                (Path.Combine(ScriptsPlace, "root"), _packaging),
            }
        )
        {
            Directory.CreateDirectory(Path.Combine(root, "DEBIAN"));
            await File.WriteAllTextAsync(
                Path.Combine(root, "DEBIAN", "control"),
                "Package: app\nVersion: 1.0\nArchitecture: all\nMaintainer: Ada <ada@example.org>\nDescription: app\n",
                cancellation
            );
            Directory.CreateDirectory(Path.Combine(root, "opt"));
            await ProcessRunner.OutputOfAsync(
                "cp",
                ["--archive", checkout.Path, Path.Combine(root, "opt", "app")],
                cancellationToken: cancellation
            );
        }
    }
}
