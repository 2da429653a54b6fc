using System.Globalization;
using System.Reflection;
using System.Text;
using Canary.Failures;
using Canary.Files;

namespace Canary.Processes.Sandboxes;

/// <summary>Runs programs that are not trusted (<c>hosts/canary-sandbox</c>): they reach what they work on, the programs of this
/// machine, and the network that they are given, and nothing of them is left when they end.</summary>
public sealed class Sandbox
{
    /// <summary>What a person can do where programs get no network.</summary>
    public const string NetworkRemedy =
        "Install slirp4netns (apt-get install slirp4netns), and let the user that builds open /dev/net/tun; or set "
        + "ci-coordinator.builds.sandbox.network: none.";

    private static readonly TimeSpan TryLimit = TimeSpan.FromSeconds(10);

    private readonly CarriedProgram _program;
    private readonly string _trials;
    private readonly string _covered;
    private readonly SandboxOptions _options;

    /// <param name="data">The data directory, which no sandbox shows, and where <c>canary-sandbox</c> is put.</param>
    /// <param name="options">What programs may do.</param>
    public Sandbox(DataDirectory data, SandboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        _covered = data.Root;
        _options = options;
        _program = new CarriedProgram(Assembly.GetExecutingAssembly(), "canary-sandbox", data.For("sandbox"));
        _trials = Path.Combine(data.For("sandbox"), "trials");
    }

    /// <summary>Finds out whether programs can be run, by one that does nothing.</summary>
    /// <returns>Why they run without a network though they should have one; <c>null</c>: they do not.</returns>
    /// <exception cref="CanaryException"><c>sandbox-unavailable</c>: this machine does not allow it.</exception>
    public async Task<string?> TryAsync(CancellationToken cancellation)
    {
        var trial = Directory.CreateDirectory(Path.Combine(_trials, Guid.NewGuid().ToString("N"))).FullName;
        try
        {
            var program = new SandboxedProgram
            {
                FileName = "/usr/bin/true",
                Places = new SandboxPlaces(Directory.CreateDirectory(Path.Combine(trial, "work")).FullName, trial),
                Environment = new Dictionary<string, string>(),
                TimeLimit = TryLimit,
                OutputLimit = 1 << 10,
                Grace = TimeSpan.Zero,
                Output = _ => ValueTask.CompletedTask,
            };
            var strict = _options.Network == SandboxNetwork.Automatic ? SandboxNetwork.Private : _options.Network;
            var (_, report) = await RunAsync(program, strict, cancellation);
            return report.What switch
            {
                SandboxReport.Ran => null,
                SandboxReport.NoNetwork when strict != _options.Network => report.Detail,
                _ => throw SandboxFailures.From(report),
            };
        }
        finally
        {
            Directory.Delete(trial, recursive: true);
        }
    }

    /// <summary>Runs a program to its end, which a limit or a cancellation may bring about.</summary>
    /// <exception cref="CanaryException"><c>sandbox-unavailable</c>: this machine does not allow it.</exception>
    public async Task<ProcessResult> RunAsync(SandboxedProgram program, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(program);
        var (result, report) = await RunAsync(program, (program.Allowed ?? _options).Network, cancellation);
        return report.What switch
        {
            SandboxReport.Ran => result,
            SandboxReport.Memory => result with { Ending = ProcessEnding.MemoryLimit },
            SandboxReport.Disk => result with { Ending = ProcessEnding.DiskLimit },
            _ => throw SandboxFailures.From(report),
        };
    }

    private async Task<(ProcessResult Result, SandboxReport Report)> RunAsync(
        SandboxedProgram program,
        SandboxNetwork network,
        CancellationToken cancellation
    )
    {
        var places = program.Places;
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = _program.Path,
                Arguments = [.. ArgumentsFor(program, network), "--", program.FileName, .. program.Arguments],
                WorkingDirectory = places.Root,
                Owner = Path.GetDirectoryName(places.Root)!,
                Environment = EnvironmentFor(program),
                Input = InputFor(program.Secrets),
                TimeLimit = program.TimeLimit,
                OutputLimit = program.OutputLimit,
                Grace = program.Grace,
                Output = program.Output,
            },
            cancellation
        );
        return (
            result,
            result.Ending == ProcessEnding.Exited ? SandboxReport.Read(places.Report, result) : SandboxReport.Started
        );
    }

    private static Dictionary<string, string> EnvironmentFor(SandboxedProgram program)
    {
        var environment = new Dictionary<string, string>(program.Environment)
        {
            ["HOME"] = SandboxPlaces.Home,
            ["TMPDIR"] = SandboxPlaces.Temporary,
            [SandboxPlaces.CacheVariable] = SandboxPlaces.Cache,
        };
        if (program.Secrets.Count > 0)
        {
            environment[Secret.Variable] = SandboxPlaces.Secrets;
        }
        return environment;
    }

    /// <summary>Nobody can look at what is passed this way, unlike arguments and the environment.</summary>
    private static byte[] InputFor(IEnumerable<Secret> secrets) =>
        Encoding.ASCII.GetBytes(
            string.Concat(secrets.Select(secret => $"{secret.Name} {Convert.ToHexStringLower(secret.Content)}\n"))
        );

    private IEnumerable<string> ArgumentsFor(SandboxedProgram program, SandboxNetwork network)
    {
        var places = program.Places;
        return
        [
            $"--workspace={places.WorkOutside}",
            $"--home={places.HomeOutside}",
            $"--temporary={places.TemporaryOutside}",
            $"--cache={places.CacheOutside}",
            $"--root={places.Root}",
            $"--report={places.Report}",
            string.Create(CultureInfo.InvariantCulture, $"--user={places.User}"),
            $"--cover={_covered}",
            .. program.System is { } system ? [$"--system={system}"] : Array.Empty<string>(),
            .. program.Secrets.Count > 0 ? ["--secrets"] : Array.Empty<string>(),
            .. SandboxLimits.Of(program.Allowed ?? _options, network),
        ];
    }
}
