using System.Buffers;
using System.Text;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Failures;
using Canary.Files;
using Canary.Machines;
using Canary.Processes;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Transport.Local;

/// <summary>Hosts that are directories of this machine (<see cref="AptRoot"/>), in which <c>canary-apply</c> and what it starts
/// live as on a machine of their own (<c>hosts/canary-machine</c>): real apt checks the real signature, real dpkg installs the
/// real package, and its scripts reach nothing of this machine.</summary>
internal sealed class LocalChannel(
    RepositoryKey repositoryKey,
    MachinePackages machinePackages,
    MachineConfiguration machineConfiguration,
    HostPrograms programs,
    DataDirectory data,
    IOptions<DeployerOptions> options,
    TimeProvider time
) : IHostChannel, IDisposable
{
    /// <summary>Name that the inventory uses for it.</summary>
    public const string TransportName = "local";

    private static readonly SearchValues<char> NotInAptPaths = SearchValues.Create(" \t\n\"\\;{}',:");

    private static readonly TimeSpan QuickLimit = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _architecture;

    public string Name => TransportName;

    public TimeSpan TimeLimit => Options.TimeLimit;

    private LocalTransportOptions Options => options.Value.Local;

    public string RepositoryRemedy(InventoryHost host) =>
        "Check that the repository publisher runs, and that the repository is signed by the key in "
        + $"{repositoryKey.Path}; if the key was replaced on purpose, remove that file.";

    public string ByHand(InventoryHost host, string command) =>
        $"{programs.Machine} run {PathOf(host)} {Path.Combine(data.For(DeployerModule.Name), "machine", "etc-*")} /usr/bin/env "
        + $"{AptRoot.ConfigurationVariable}={AptRoot.InsideConfiguration} {command}";

    public string UpdateRemedy(InventoryHost host) =>
        $"Look what else writes to {PathOf(host)}; its canary-apply comes with the deployer.";

    public async Task<AgentExit> AskAsync(
        InventoryHost host,
        AgentRequest request,
        AgentAnswer answer,
        CancellationToken cancellation
    )
    {
        var root = await OpenAsync(host, request.Verb, cancellation);
        var spec = new ProcessSpec
        {
            FileName = programs.Apply,
            WorkingDirectory = root.Path,
            Owner = root.Path,
            Environment = root.EnvironmentOutside,
            Input = request.Content,
            Output = bytes =>
            {
                answer.Take(bytes.Span);
                return ValueTask.CompletedTask;
            },
            TimeLimit = TimeSpan.FromDays(1),
            // A post-install script that starts a daemon means it to stay.
            Leftovers = Leftovers.Leave,
        };
        // A look at dpkg's records starts nothing, and needs no machine.
        if (request.Verb != AgentVerb.Inspect && !Options.UnsafeScriptsOnThisMachine)
        {
            spec = spec with
            {
                FileName = programs.Machine,
                Arguments = ["run", root.Path, await machineConfiguration.PathAsync(cancellation), programs.Apply],
                Environment = root.EnvironmentInside,
            };
        }

        var result = await RunAsync(host, spec, request, cancellation);
        return result.ExitCode == Isolation.Unavailable
            ? throw Isolation.Failure(host.Name, result.OutputTail)
            : new AgentExit(result.ExitCode, "");
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Whoever stops waiting for a change leaves it at work: a dpkg that is stopped in the middle has half a
    /// package.</summary>
    private async Task<ProcessResult> RunAsync(
        InventoryHost host,
        ProcessSpec spec,
        AgentRequest request,
        CancellationToken cancellation
    )
    {
        var isChange = request.Verb is AgentVerb.Install or AgentVerb.Remove or AgentVerb.Hook;
        using var limit = new CancellationTokenSource(request.Limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var result = await SupervisedProcess
                .RunAsync(spec, isChange ? CancellationToken.None : stop.Token)
                .WaitAsync(stop.Token);
            stop.Token.ThrowIfCancellationRequested();
            return result;
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new CanaryException(
                MachinesCodes.HostUnreachable,
                $"{host.Name} did not finish within {request.Limit.TotalSeconds:0} s.",
                $"Look what canary-apply is doing in {PathOf(host)}; raise deployer.local.time-limit if it needs longer.",
                exception
            );
        }
    }

    private string PathOf(InventoryHost host) =>
        Path.Combine(
            Path.GetFullPath(Options.Directory ?? Path.Combine(data.For(DeployerModule.Name), "hosts")),
            host.Name
        );

    private async Task<AptRoot> OpenAsync(InventoryHost host, AgentVerb verb, CancellationToken cancellation)
    {
        var path = PathOf(host);
        if (path.AsSpan().ContainsAny(NotInAptPaths))
        {
            throw new CanaryException(
                MachinesCodes.HostUnreachable,
                $"{host.Name} cannot be kept in {path}: apt's configuration, or a mount, has no way to write such a path.",
                "Choose a data directory, or deployer.local.directory, without spaces, quotes, commas and colons."
            );
        }

        var key = await repositoryKey.ReadAsync(Suites.Of(host.Channel), cancellation);
        var architecture = await ArchitectureAsync(cancellation);
        var record =
            verb is AgentVerb.Install or AgentVerb.Remove && Options.MachinePackages
                ? await machinePackages.RecordAsync(architecture, data.For(DeployerModule.Name), cancellation)
                : null;
        try
        {
            var root = new AptRoot(path, host);
            root.Prepare(repositoryKey.Repository, key, architecture, Options.LockTimeout, repositoryKey.Password);
            if (record is not null)
            {
                root.Provide(record);
            }

            return root;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                MachinesCodes.HostUnreachable,
                $"{host.Name} cannot be reached: {exception.Message}",
                $"Check that the user that runs the deployer can write to {path}, and that the disk is not full.",
                exception
            );
        }
    }

    private async Task<string> ArchitectureAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_architecture is null)
            {
                var result = await SupervisedProcess.RunAsync(
                    new ProcessSpec
                    {
                        FileName = "/usr/bin/dpkg",
                        Arguments = ["--print-architecture"],
                        WorkingDirectory = "/",
                        Owner = data.For(DeployerModule.Name),
                        Environment = AptRoot.BaseEnvironment,
                        TimeLimit = QuickLimit,
                        CaptureStandardOutput = true,
                        // It starts nothing, so there is nothing to look for.
                        Leftovers = Leftovers.Leave,
                    },
                    cancellation
                );
                cancellation.ThrowIfCancellationRequested();
                _architecture = Encoding.UTF8.GetString(result.StandardOutput.Span).Trim();
            }

            return _architecture;
        }
        finally
        {
            _gate.Release();
        }
    }
}
