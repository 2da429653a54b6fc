using System.Diagnostics;
using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Caches;
using Canary.CiCoordinator.Builds.PullRequests;
using Canary.CiCoordinator.Tests.Builds.Outputs;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Security;
using Canary.Processes.Sandboxes;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Tests.Builds;

/// <summary>A place for builds on this machine: real git, real scripts, a data directory and a repository.</summary>
internal sealed class BuildPlace : IAsyncDisposable
{
    private readonly TempDirectory _data = new();
    private readonly Workspaces _workspaces;
    private readonly BuildLogs _logs;

    private BuildPlace(GitRepository repository)
    {
        Repository = repository;
        _workspaces = new Workspaces(
            _data.Combine("workspaces"),
            new WorkspaceOptions { Protocols = ["http"] },
            NullLogger<Workspaces>.Instance
        );
        _logs = new BuildLogs(new DataDirectory(_data.Path), new KnownSecrets([]));
    }

    public GitRepository Repository { get; }

    public string Data => _data.Path;

    /// <summary>The local copies of repositories.</summary>
    public IReadOnlyList<string> Copies => [.. Directory.EnumerateFileSystemEntries(_workspaces.Copies).Order()];

    public BuildOptions Options { get; } = new() { Grace = TimeSpan.FromMilliseconds(200) };

    /// <summary>What builds handed over.</summary>
    public KeptOutputs Outputs { get; } = new();

    public static async Task<BuildPlace> MakeAsync() => new(await GitRepository.CreateAsync());

    public async Task<(object Outcome, string Log)> BuildAsync(string? commit = null, string branch = "main")
    {
        commit ??= await Repository.CommitAsync();
        return await BuildAsync(Command(commit, branch));
    }

    public async Task<(object Outcome, string Log)> BuildAsync(StartBuild command)
    {
        var outcome = await Job().RunAsync(command, CancellationToken.None);
        return (outcome, ReadLog(command.ReleaseId));
    }

    public async Task<(PullRequestBuilt Outcome, string Log)> BuildAsync(BuildPullRequest command)
    {
        var outcome = await new PullRequestBuildJob(Job(), Provider()).RunAsync(command, CancellationToken.None);
        return (outcome.ShouldBeOfType<PullRequestBuilt>(), ReadLog(command.Build.ReleaseId));
    }

    public BuildJob Job() => new(Provider(), _logs, new DataDirectory(_data.Path));

    private IBuildProvider Provider()
    {
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        return Options.Provider == NoBuildProvider.ProviderName
            ? new NoBuildProvider()
            : new ScriptBuildProvider(
                new ConventionBuild(_workspaces, options, TimeProvider.System),
                new Sandbox(new DataDirectory(_data.Path), Options.Sandbox),
                new LocalCaches(new DataDirectory(_data.Path)),
                Outputs.For(new DataDirectory(_data.Path), options),
                options
            );
    }

    public StartBuild Command(string commit, string branch) =>
        new()
        {
            JobId = Guid.NewGuid(),
            ReleaseId = Guid.NewGuid(),
            Application = "shop",
            Source = Source(commit, branch),
            Deploys = true,
        };

    public SourceReference Source(string commit, string branch) =>
        new()
        {
            Repository = "acme/shop",
            CloneUrl = Repository.Path,
            Branch = branch,
            Commit = commit,
        };

    public string ReadLog(Guid releaseId)
    {
        var files = Directory.GetFiles(_data.Combine("ci-coordinator", "logs"), $"{releaseId:N}.*");
        return files is [var file] ? File.ReadAllText(file) : "";
    }

    public static Failure FailureOf(object outcome) => outcome.ShouldBeOfType<BuildFailed>().Failure;

    /// <summary>No file in the workspaces and no process that was started for them.</summary>
    public async Task NothingIsLeftAsync()
    {
        await _workspaces.DisposeAsync();
        Directory.EnumerateFileSystemEntries(_data.Combine("workspaces", "checkouts")).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(_data.Combine("workspaces", "trash")).ShouldBeEmpty();
        await Eventually.TrueAsync(() =>
            Process
                .GetProcesses()
                .All(process => !ProcessEnvironment.Of(process.Id).Contains(_data.Path, StringComparison.Ordinal))
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _workspaces.DisposeAsync();
        Outputs.Dispose();
        Repository.Dispose();
        _data.Dispose();
    }
}
