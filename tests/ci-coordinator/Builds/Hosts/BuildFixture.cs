using Canary.CiCoordinator.Builds;
using Canary.CiCoordinator.Builds.Hosts;
using Canary.CiCoordinator.Tests.Builds.Outputs;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Security;
using Canary.Machines.Ssh;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>A coordinator that builds on build hosts, with real git, and the repository that it builds.</summary>
internal sealed class BuildFixture : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<BuildMachine> _machines = [];
    private readonly Workspaces _workspaces;
    private readonly BuildLogs _logs;
    private readonly DataDirectory _data;
    private readonly Lazy<BuildJob> _job;

    private BuildFixture(GitRepository repository)
    {
        Repository = repository;
        _data = new DataDirectory(_directory.Combine("data"));
        _workspaces = new Workspaces(_data.For("workspaces"), new WorkspaceOptions(), NullLogger<Workspaces>.Instance);
        _logs = new BuildLogs(_data, new KnownSecrets([]));
        Connections = new SshConnections(
            Options.Hosts.Ssh.ToLogin(),
            _data,
            TimeProvider.System,
            NullLogger<SshConnections>.Instance
        );
        Connections.Key.Ensure();
        _job = new Lazy<BuildJob>(NewJob);
    }

    public BuildOptions Options { get; } =
        new()
        {
            Provider = SshBuildProvider.ProviderName,
            Grace = TimeSpan.FromSeconds(1),
            Hosts = new BuildHostOptions { Rest = TimeSpan.FromSeconds(2) },
        };

    /// <summary>The coordinator's clock, for tests of what takes long; to be set before the first build.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Whether build hosts that are added keep builds apart: without it, scripts can tell tests something by files.</summary>
    public bool Sandboxed { get; set; } = true;

    public GitRepository Repository { get; }

    public SshConnections Connections { get; }

    public string LogDirectory => Path.Combine(_data.For("ci-coordinator"), "logs");

    public string PublicKey => File.ReadAllText(Connections.Key.Path + ".pub");

    public IReadOnlyList<BuildMachine> Machines => _machines;

    public FixedBuildHosts Hosts { get; } = new();

    /// <summary>What builds handed over.</summary>
    public KeptOutputs Outputs { get; } = new();

    public static async Task<BuildFixture> StartAsync() => new(await GitRepository.CreateAsync());

    public async Task<BuildMachine> AddMachineAsync(string name = "build-1", int builds = 1)
    {
        var machine = await BuildMachine.StartAsync(PublicKey, name, builds, Sandboxed);
        _machines.Add(machine);
        Hosts.Add(machine.Host);
        return machine;
    }

    public async Task<(object Outcome, string Log)> BuildAsync()
    {
        var command = Command(await Repository.CommitAsync());
        return (await RunAsync(command), ReadLog(command.ReleaseId));
    }

    public Task<object> RunAsync(StartBuild command, CancellationToken cancellation = default) =>
        _job.Value.RunAsync(command, cancellation);

    public StartBuild Command(string commit) =>
        new()
        {
            JobId = Guid.NewGuid(),
            ReleaseId = Guid.NewGuid(),
            Application = "shop",
            Deploys = true,
            Source = new SourceReference
            {
                Repository = "acme/shop",
                CloneUrl = Repository.Path,
                Branch = "main",
                Commit = commit,
            },
        };

    public string ReadLog(Guid releaseId)
    {
        var files = Directory.GetFiles(LogDirectory, $"{releaseId:N}.*");
        return files is [var file] ? File.ReadAllText(file) : "";
    }

    public async ValueTask DisposeAsync()
    {
        await Connections.DisposeAsync();
        foreach (var machine in _machines)
        {
            await machine.DisposeAsync();
        }

        await _workspaces.DisposeAsync();
        Outputs.Dispose();
        Repository.Dispose();
        _directory.Dispose();
    }

    private BuildJob NewJob()
    {
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        return new BuildJob(
            new SshBuildProvider(
                new ConventionBuild(_workspaces, options, Time),
                new BuildHostPool(Hosts, options, Time, NullLogger<BuildHostPool>.Instance),
                Outputs.For(_data, options),
                Connections,
                options,
                Time
            ),
            _logs,
            _data
        );
    }
}

/// <summary>Build hosts that a test has chosen.</summary>
internal sealed class FixedBuildHosts : IBuildHosts
{
    private readonly List<BuildHost> _hosts = [];

    public string HowToAdd => "Add one.";

    public CanaryException? Problem { get; set; }

    public List<string> Faults { get; } = [];

    public void Add(BuildHost host) => _hosts.Add(host);

    public Task<BuildHostsFound> FindAsync(CancellationToken cancellation) =>
        Problem is { } problem
            ? Task.FromException<BuildHostsFound>(problem)
            : Task.FromResult(new BuildHostsFound([.. _hosts], [.. Faults]));
}
