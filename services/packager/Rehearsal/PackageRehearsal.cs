using System.Globalization;
using System.Reflection;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Logs;
using Canary.Packager.Source;
using Canary.Processes;
using Canary.Processes.Sandboxes;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Rehearsal;

/// <summary>A package to be rehearsed.</summary>
internal sealed record RehearsedPackage(string Name, string Version, string Architecture, string File)
{
    /// <summary>Absolute paths of directories that a purge leaves as it should.</summary>
    public IReadOnlyList<string> KeptDirectories { get; init; } = [];
}

/// <summary>What came of a rehearsal.</summary>
/// <param name="Summary">One line for people.</param>
/// <param name="Output">What dpkg and the scripts printed, the end of it.</param>
/// <param name="Fault">Why the package must not be published; <c>null</c>: nothing is against it.</param>
internal sealed record RehearsalOutcome(string Summary, string Output, CanaryException? Fault);

/// <summary>
/// Installs a package, updates to it from what hosts run, goes back and purges it, in a system that is thrown away: in the sandbox, without a
/// network or a terminal. Where that cannot be done, the release goes on as without it.
/// </summary>
internal sealed class PackageRehearsal(
    DataDirectory data,
    RehearsalSystem system,
    RunningVersions running,
    IOptions<PackagerOptions> options,
    ILogger<PackageRehearsal> logger
)
{
    private const string Program = "canary-rehearsal";
    private const int MostOutput = 16 << 10;
    private const long OutputLimit = 4 << 20;
    private const int MostSteps = 6;
    private const long LargestReport = 64 << 10;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private static readonly SandboxOptions Allowed = new() { Network = SandboxNetwork.None };

    private readonly Sandbox _sandbox = new(data, Allowed);

    private readonly CarriedProgram _program = new(
        Assembly.GetExecutingAssembly(),
        Program,
        Path.Combine(data.For("packager"), "programs")
    );

    private RehearsalOptions Options => options.Value.Rehearsal;

    /// <returns><c>null</c>: packages are not rehearsed here.</returns>
    public async Task<RehearsalOutcome?> RunAsync(
        RehearsedPackage package,
        string scratch,
        CancellationToken cancellation
    )
    {
        if (Options.Mode == RehearsalMode.Off || (Options.Mode == RehearsalMode.Auto && system.Name is null))
        {
            return null;
        }

        if (WhyNot(package) is { } reason)
        {
            return Skipped(reason);
        }

        try
        {
            return await RehearseAsync(package, scratch, cancellation);
        }
        catch (CanaryException unavailable) when (unavailable.Code == ProcessesCodes.SandboxUnavailable)
        {
            logger.LogWarning("{Package} is not rehearsed: {Reason}", package.Name, unavailable.Message);
            return Skipped(unavailable.Message);
        }
    }

    /// <summary>Finds out whether it can be done, by a program that does nothing.</summary>
    /// <exception cref="CanaryException">It cannot.</exception>
    public async Task TryAsync(CancellationToken cancellation)
    {
        var trial = Directory
            .CreateDirectory(Path.Combine(data.For("packager"), $"rehearsal-trial-{Guid.NewGuid():N}"))
            .FullName;
        try
        {
            var said = new OutputTail(MostOutput);
            var result = await InSystemAsync(
                new SandboxPlaces(Directory.CreateDirectory(Path.Combine(trial, "work")).FullName, trial),
                ["-e", "exit((stat '/var/lib/dpkg')[4] == 0 ? 0 : 1)"],
                Options.StepLimit,
                said,
                cancellation
            );
            if (result.ExitCode != 0)
            {
                throw Foreign();
            }
        }
        finally
        {
            Directory.Delete(trial, recursive: true);
        }
    }

    private string? WhyNot(RehearsedPackage package) =>
        system.Name is not { } name ? $"there is no system to do it in ({system.Path})"
        : package.Architecture != "all" && name.Split(' ')[^1] != package.Architecture
            ? $"the package is for {package.Architecture}, and the system to do it in is {name}"
        : null;

    private async Task<RehearsalOutcome> RehearseAsync(
        RehearsedPackage package,
        string scratch,
        CancellationToken cancellation
    )
    {
        var place = Directory.CreateDirectory(Path.Combine(scratch, "rehearsal")).FullName;
        var work = Directory.CreateDirectory(Path.Combine(place, "work")).FullName;
        File.Copy(_program.Path, Path.Combine(work, Program));
        File.Copy(package.File, Path.Combine(work, "new.deb"));
        var before = await running.FetchAsync(
            package.Name,
            package.Version,
            Path.Combine(work, "before.deb"),
            cancellation
        );
        var said = new OutputTail(MostOutput);
        var result = await InSystemAsync(
            new SandboxPlaces(work, place),
            [
                $"/build/{Program}",
                "/build/result",
                ((long)Math.Ceiling(Options.StepLimit.TotalSeconds)).ToString(CultureInfo.InvariantCulture),
                string.Join(':', Options.MayStay.Concat(package.KeptDirectories)),
                "/build/new.deb",
                .. before is null ? Array.Empty<string>() : ["/build/before.deb"],
            ],
            (MostSteps * Options.StepLimit) + TimeSpan.FromMinutes(1),
            said,
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        var output = PrintableText.Of(said.ToString());
        var report = await ReadReportAsync(Path.Combine(work, "result"), cancellation);
        return Judge(package, report, before, result, output);
    }

    /// <summary>Scripts may have put anything in its place: a pipe that never ends, a link to a device.</summary>
    private static async Task<RehearsalReport> ReadReportAsync(string path, CancellationToken cancellation) =>
        RehearsalReport.Read(
            FileStat.Of(path) is { Kind: FileKind.File, Size: <= LargestReport }
                ? await File.ReadAllLinesAsync(path, cancellation)
                : []
        );

    private async Task<ProcessResult> InSystemAsync(
        SandboxPlaces places,
        IReadOnlyList<string> arguments,
        TimeSpan limit,
        OutputTail said,
        CancellationToken cancellation
    ) =>
        await _sandbox.RunAsync(
            new SandboxedProgram
            {
                FileName = "/usr/bin/perl",
                Arguments = arguments,
                Places = places,
                System = system.Path,
                Environment = new Dictionary<string, string>(),
                TimeLimit = limit,
                OutputLimit = OutputLimit,
                Grace = Grace,
                Output = bytes =>
                {
                    said.Append(bytes.Span);
                    return ValueTask.CompletedTask;
                },
            },
            cancellation
        );

    private static RehearsalOutcome Judge(
        RehearsedPackage package,
        RehearsalReport report,
        string? before,
        ProcessResult result,
        string output
    )
    {
        if (report.Unmet is { } unmet)
        {
            return Skipped($"the system to do it in lacks {unmet}");
        }

        if (RehearsalFaults.Of(package.Name, report, result, output) is { } fault)
        {
            return new RehearsalOutcome($"the rehearsal failed: {fault.Message.Split('\n')[0]}", output, fault);
        }

        if (result.ExitCode != 0 || report.Done.Count == 0)
        {
            return Skipped($"the rehearsal itself ended with {result.ExitCode}");
        }

        var took = report.Done.Aggregate(TimeSpan.Zero, (sum, step) => sum + step.Took);
        var way =
            before is null ? "installed and purged"
            : report.Before is null ? $"installed, updated from {before}, taken back and purged"
            : $"installed and purged; {before} could not be installed to update from it";
        return new RehearsalOutcome(
            string.Create(CultureInfo.InvariantCulture, $"rehearsed in {took.TotalSeconds:0.0} s: {way}"),
            output,
            Fault: null
        );
    }

    private static RehearsalOutcome Skipped(string reason) => new($"not rehearsed: {reason}", "", Fault: null);

    private CanaryException Foreign() =>
        new(
            ProcessesCodes.SandboxUnavailable,
            $"The system in {system.Path} belongs to another user than the one who runs the packager.",
            system.Remedy
        );
}
