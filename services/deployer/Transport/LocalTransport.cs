using System.Buffers;
using System.Diagnostics;
using System.Text;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Failures;
using Canary.Files;
using Canary.Processes;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Transport;

/// <summary>Hosts that are private package roots on this machine (<see cref="AptRoot"/>): real apt checks the real
/// signature, real dpkg installs the real package.</summary>
internal sealed class LocalTransport(
    RepositoryKey repositoryKey,
    MachinePackages machinePackages,
    DataDirectory data,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<LocalTransport> logger
) : IHostTransport, IDisposable
{
    private const string Apt = "/usr/bin/apt-get";

    private static readonly SearchValues<char> NotInAptPaths = SearchValues.Create(" \t\n\"\\;{}'");

    private static readonly TimeSpan QuickLimit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Words of apt and dpkg for a lock that somebody else holds. apt waits for dpkg's locks itself, but not
    /// for the one of its lists, and dpkg waits for none.</summary>
    private static readonly string[] LockComplaints = ["Could not get lock", "is locked by another process"];

    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _architecture;

    public string Name => "local";

    private LocalTransportOptions Options => options.Value.Local;

    public async Task<InstalledPackage> InspectAsync(
        InventoryHost host,
        string package,
        CancellationToken cancellation
    ) => await InspectAsync(await OpenAsync(host, cancellation), host, package, cancellation);

    public async Task InstallAsync(InventoryHost host, string package, string version, CancellationToken cancellation)
    {
        PackageText.Check(package, version);
        var root = await OpenForChangeAsync(host, cancellation);
        root.ForgetReleases();
        var update = await RunAsync(root, Apt, ["update", "-q"], cancellation);
        if (!update.Succeeded)
        {
            throw AptOutput.RepositoryAway(host, update.OutputTail)
                ?? Failed(
                    "repository-refused",
                    $"{host.Name} could not read the package repository",
                    update,
                    "Check that the repository publisher runs, and that the repository is signed by the key in "
                        + $"{repositoryKey.Path}; if the key was replaced on purpose, remove that file."
                );
        }

        var install = await RunAsync(
            root,
            Apt,
            ["install", "-y", "-q", "--allow-downgrades", "--allow-change-held-packages", $"{package}={version}"],
            cancellation
        );
        // Another package of the host may be broken and make apt fail; what counts is what dpkg says of this one.
        if (!install.Succeeded && !(await InspectAsync(root, host, package, cancellation)).Is(version))
        {
            throw AptOutput.RepositoryAway(host, install.OutputTail)
                ?? Failed(
                    "installation-failed",
                    $"apt could not install {package} {version} on {host.Name}",
                    install,
                    "Read the lines above: a failing post-install script or an unmet dependency is to be corrected in the "
                        + "repository, and released anew."
                );
        }
    }

    public async Task RemoveAsync(InventoryHost host, string package, CancellationToken cancellation)
    {
        PackageText.Check(package);
        var root = await OpenForChangeAsync(host, cancellation);
        var purge = await RunAsync(root, Apt, ["purge", "-y", "-q", package], cancellation);
        if (!purge.Succeeded && (await InspectAsync(root, host, package, cancellation)).Version is not null)
        {
            throw Failed(
                "removal-failed",
                $"apt could not remove {package} from {host.Name}",
                purge,
                $"Remove it by hand: APT_CONFIG={root.PathOf("etc/apt/apt.conf")} apt-get purge {package}"
            );
        }
    }

    public async Task<string?> RunHealthCommandAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> command,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        var root = new AptRoot(PathOf(host), host);
        var directory = ApplicationDirectory(root, target);
        var program = Locate(command[0], directory, root, out var problem);
        if (program is null)
        {
            return problem;
        }

        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = program,
                Arguments = [.. command.Skip(1)],
                WorkingDirectory = directory,
                Owner = root.Path,
                Environment = new Dictionary<string, string>(root.Environment)
                {
                    ["CANARY_APPLICATION"] = target.Application,
                    ["CANARY_VERSION"] = target.Version,
                },
                TimeLimit = timeout,
                OutputLimit = 1 << 20,
                TailLength = 1000,
                Grace = TimeSpan.FromSeconds(1),
            },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        var said = result.OutputTail.Trim() is { Length: > 0 } output ? $": {output}" : "";
        return result switch
        {
            { Succeeded: true } => null,
            { Ending: ProcessEnding.TimedOut } =>
                $"'{command[0]}' took longer than {timeout.TotalSeconds:0.###} s{said}",
            { Ending: ProcessEnding.OutputLimit } => $"'{command[0]}' wrote more than 1 MiB{said}",
            _ => $"'{command[0]}' ended with exit code {result.ExitCode}{said}",
        };
    }

    public void Dispose() => _gate.Dispose();

    private string PathOf(InventoryHost host) =>
        Path.Combine(
            Path.GetFullPath(Options.Directory ?? Path.Combine(data.For(DeployerModule.Name), "hosts")),
            host.Name
        );

    private async Task<AptRoot> OpenAsync(InventoryHost host, CancellationToken cancellation)
    {
        var path = PathOf(host);
        if (path.AsSpan().ContainsAny(NotInAptPaths))
        {
            throw new CanaryException(
                HostFailures.Unreachable,
                $"{host.Name} cannot be kept in {path}: apt's configuration has no way to write such a path.",
                "Choose a data directory, or deployer.local.directory, without spaces and quotes."
            );
        }

        try
        {
            var root = new AptRoot(path, host);
            var key = await repositoryKey.ReadAsync(cancellation);
            var architecture = await ArchitectureAsync(cancellation);
            root.Prepare(repositoryKey.Repository, key, architecture, Options.LockTimeout);
            return root;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreachable(host, path, exception);
        }
    }

    /// <summary>Opens a root for somebody who changes it, of whom there is one at a time.</summary>
    private async Task<AptRoot> OpenForChangeAsync(InventoryHost host, CancellationToken cancellation)
    {
        var root = await OpenAsync(host, cancellation);
        if (Options.MachinePackages)
        {
            var architecture = await ArchitectureAsync(cancellation);
            var record = await machinePackages.RecordAsync(architecture, data.For(DeployerModule.Name), cancellation);
            try
            {
                root.Provide(record);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Unreachable(host, root.Path, exception);
            }
        }

        await FinishInterruptedWorkAsync(root, host, cancellation);
        return root;
    }

    private static CanaryException Unreachable(InventoryHost host, string path, Exception exception) =>
        new(
            HostFailures.Unreachable,
            $"{host.Name} cannot be reached: {exception.Message}",
            $"Check that the user that runs the deployer can write to {path}, and that the disk is not full.",
            exception
        );

    private async Task<string> ArchitectureAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_architecture is null)
            {
                var result = await SupervisedProcess.RunAsync(
                    Quick("/usr/bin/dpkg", ["--print-architecture"], AptRoot.BaseEnvironment),
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

    private async Task<InstalledPackage> InspectAsync(
        AptRoot root,
        InventoryHost host,
        string package,
        CancellationToken cancellation
    )
    {
        PackageText.Check(package);
        var result = await SupervisedProcess.RunAsync(
            Quick(
                "/usr/bin/dpkg-query",
                [
                    $"--admindir={root.PathOf("var/lib/dpkg")}",
                    "--show",
                    "--showformat=${db:Status-Status} ${Version}",
                    package,
                ],
                root.Environment
            ),
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        if (result is { Ending: ProcessEnding.Exited, ExitCode: 1 })
        {
            return InstalledPackage.None;
        }

        if (!result.Succeeded)
        {
            throw new CanaryException(
                HostFailures.Unreachable,
                $"dpkg-query failed on {host.Name}: {AptOutput.Excerpt(result.OutputTail)}",
                $"Repair dpkg's data in {root.PathOf("var/lib/dpkg")}."
            );
        }

        return AptOutput.ReadStatus(Encoding.UTF8.GetString(result.StandardOutput.Span));
    }

    /// <summary>A dpkg that was killed wants to be told to go on before anything else; a script that fails in it fails
    /// again in the installation that follows, which reports it.</summary>
    private async Task FinishInterruptedWorkAsync(AptRoot root, InventoryHost host, CancellationToken cancellation)
    {
        if (!root.IsInterrupted)
        {
            return;
        }

        var result = await RunAsync(
            root,
            "/usr/bin/dpkg",
            [.. root.DpkgOptions, "--configure", "--pending"],
            cancellation
        );
        logger.LogWarning(
            "dpkg was interrupted on {Host} and went on where it was: exit code {ExitCode} {Output}",
            host.Name,
            result.ExitCode,
            result.OutputTail
        );
    }

    /// <summary>Runs apt or dpkg; waits for locks that an orphan of a killed deployer, or a person, holds.</summary>
    private async Task<ProcessResult> RunAsync(
        AptRoot root,
        string program,
        IReadOnlyList<string> arguments,
        CancellationToken cancellation
    )
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var result = await SupervisedProcess.RunAsync(
                new ProcessSpec
                {
                    FileName = program,
                    Arguments = arguments,
                    WorkingDirectory = root.Path,
                    Owner = root.Path,
                    Environment = root.Environment,
                    TimeLimit = Options.TimeLimit,
                    // A post-install script that starts a daemon means it to stay.
                    Leftovers = Leftovers.Leave,
                },
                cancellation
            );
            cancellation.ThrowIfCancellationRequested();
            var isLocked = LockComplaints.Any(words => result.OutputTail.Contains(words, StringComparison.Ordinal));
            if (result.Succeeded || !isLocked || time.GetElapsedTime(started) > Options.LockTimeout)
            {
                return result;
            }

            await Task.Delay(LockPause, time, cancellation);
        }
    }

    private ProcessSpec Quick(string program, string[] arguments, IReadOnlyDictionary<string, string> environment) =>
        new()
        {
            FileName = program,
            Arguments = arguments,
            WorkingDirectory = "/",
            Owner = data.For(DeployerModule.Name),
            Environment = environment,
            TimeLimit = QuickLimit,
            CaptureStandardOutput = true,
            // These start nothing, so there is nothing to look for.
            Leftovers = Leftovers.Leave,
        };

    private CanaryException Failed(string code, string message, ProcessResult result, string remedy)
    {
        var how = result.Ending switch
        {
            ProcessEnding.TimedOut => $" within {Options.TimeLimit}",
            ProcessEnding.OutputLimit => ": it wrote too much output",
            ProcessEnding.Exited or ProcessEnding.Cancelled => "",
            _ => throw new UnreachableException(),
        };
        return new CanaryException(code, $"{message}{how}: {AptOutput.Excerpt(result.OutputTail)}", remedy);
    }

    /// <summary>Finds a health check's program: in the application's directory, else (a bare name, or an absolute path)
    /// on the machine.</summary>
    private static string? Locate(string program, string directory, AptRoot root, out string? problem)
    {
        problem = null;
        if (program.StartsWith('/'))
        {
            return program;
        }

        var inside = Path.GetFullPath(program, directory);
        if (!inside.StartsWith(root.Path + "/", StringComparison.Ordinal))
        {
            problem = $"'{program}' is outside of the host";
            return null;
        }

        if (File.Exists(inside))
        {
            return inside;
        }

        var found = AptRoot
            .BaseEnvironment["PATH"]
            .Split(':')
            .Select(place => Path.Combine(place, program))
            .FirstOrDefault(File.Exists);
        if (program.Contains('/', StringComparison.Ordinal) || found is null)
        {
            problem = $"there is no '{program}' in {directory}";
            return null;
        }

        return found;
    }

    /// <summary>Packages keep their files under <c>/opt</c>, by the application's name or their own.</summary>
    private static string ApplicationDirectory(AptRoot root, HealthTarget target)
    {
        string[] names = [target.Application, target.Package];
        return names
                .Where(name => !name.Contains('/', StringComparison.Ordinal) && name is not ("" or "." or ".."))
                .Select(name => root.PathOf($"opt/{name}"))
                .FirstOrDefault(Directory.Exists)
            ?? root.Path;
    }
}
