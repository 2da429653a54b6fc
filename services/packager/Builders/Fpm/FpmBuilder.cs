using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Canary.Failures;
using Canary.Hosting.Logs;
using Canary.Packager.Deb;
using Canary.Packager.Jobs;

namespace Canary.Packager.Builders.Fpm;

/// <summary>Has FPM make the package, of the same plan as the native builder, and takes nothing from it that was not planned.</summary>
internal sealed partial class FpmBuilder(IFpmRunner runner, FpmPackageCheck check) : IPackageBuilder
{
    /// <summary>What <c>canary-fpm</c> says as well.</summary>
    public const string SomethingKilledIt = "something killed FPM";

    /// <summary>For headers, names and checksums of each file, generously.</summary>
    private const int PerItem = 8 << 10;

    private const long PerPackage = 4 << 20;

    /// <summary>What FPM, Ruby and the programs that it starts say when it is the machine that lacks something, or has an older FPM.</summary>
    private static readonly string[] MachineFaults =
    [
        "Need executable",
        "No space left on device",
        "LoadError",
        "Cannot allocate memory",
        "NoMemoryError",
        "is insufficient to support source_date_epoch",
        "Process failed:",
        "Unrecognised option",
        "Unknown compression type",
        "NoMethodError",
        "undefined method",
        SomethingKilledIt,
    ];

    public PackageBuilderKind Kind => PackageBuilderKind.Fpm;

    /// <summary>Most bytes that a package of this plan can have, packed or not.</summary>
    public static long LargestOf(PackageSpec package) =>
        package.ContentSize + (package.Items.Count * (long)PerItem) + PerPackage;

    public async Task<BuiltPackage> BuildAsync(
        PackageSpec package,
        string scratch,
        PackagingLog log,
        CancellationToken cancellation
    )
    {
        var place = Directory.CreateDirectory(Path.Combine(scratch, "fpm")).FullName;
        var job = new FpmJob
        {
            Directory = Directory.CreateDirectory(Path.Combine(place, "work")).FullName,
            Arguments = FpmCommandLine.Of(package),
            Package = Path.Combine(place, FpmLayout.Package),
            Time = package.Time,
            LargestPackage = LargestOf(package),
        };
        await Task.Run(() => FpmLayout.Write(package, job.Directory, cancellation), cancellation);
        await runner.RunAsync(job, JudgeAsync, cancellation);
        await using var file = File.OpenRead(job.Package);
        var sha256 = await SHA256.HashDataAsync(file, cancellation);
        return new BuiltPackage(job.Package, Convert.ToHexStringLower(sha256), file.Length);

        async Task JudgeAsync(FpmRun made)
        {
            var run = Readable(made);
            log.FpmRan(job.Arguments, run);
            ThrowIfNotBuilt(run);
            await check.CheckAsync(package, job.Package, run.Place, cancellation);
        }
    }

    /// <summary>A log that is written again is the same.</summary>
    private static FpmRun Readable(FpmRun run) =>
        run with
        {
            Output = PrintableText.Of(Timestamp().Replace(run.Output, "")),
        };

    [GeneratedRegex("""(?<=^\{):timestamp=>"[^"]*", """, RegexOptions.Multiline)]
    private static partial Regex Timestamp();

    private static void ThrowIfNotBuilt(FpmRun run)
    {
        var said = run.Output.Trim();
        switch (run.Ending)
        {
            case FpmEnding.TimedOut:
                throw new CanaryException(
                    PackagerCodes.FpmTimeout,
                    $"FPM on {run.Place} did not end in time{(said.Length > 0 ? $"; it said: {said}" : ".")}",
                    $"Raise packager.fpm.time-limit, or look at what keeps {run.Place} busy; then {Remedies.ReleaseAgain}."
                );
            case FpmEnding.Failed when MachineFaults.Any(fault => said.Contains(fault, StringComparison.Ordinal)):
                throw new CanaryException(
                    PackagerCodes.FpmUnavailable,
                    $"FPM cannot work on {run.Place}, which is no fault of the commit: {said}",
                    $"Install or free there what it says is missing, and see that FPM is of version 1.17 or later; then {Remedies.ReleaseAgain}."
                );
            case FpmEnding.Failed:
                throw new CanaryException(
                    PackagerCodes.FpmFailed,
                    $"FPM on {run.Place} made no package of the commit: {(said.Length > 0 ? said : "it said nothing.")}",
                    "Correct what it names in canary.yml or fpm.json, or let the native builder make the package: "
                        + "`package: {builder: native}` in canary.yml."
                );
            default:
                break;
        }
    }
}
