using System.Runtime.InteropServices;

namespace Canary.Reproducibility.Tests;

/// <summary>Runs reprotest (reproducible-builds.org) on the packaging of the sample application.</summary>
internal sealed class Reprotest
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    private readonly string _source;

    private readonly string _locales;

    private readonly IReadOnlyDictionary<string, string?> _environment;

    private Reprotest(
        string source,
        string locales,
        IReadOnlyDictionary<string, string?> environment,
        IReadOnlyList<Variation> given,
        IReadOnlyList<string> missing
    )
    {
        _source = source;
        _locales = locales;
        _environment = environment;
        Given = given;
        Missing = missing;
    }

    /// <summary>This program, which makes the packages as well.</summary>
    public static string Program => Environment.ProcessPath!;

    /// <summary>What this machine can give.</summary>
    public IReadOnlyList<Variation> Given { get; }

    /// <summary>What it cannot, with the reasons.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Finds out what can be varied here.</summary>
    /// <param name="directory">Directory with the sample application in <c>source</c>.</param>
    /// <param name="variations">What is asked for.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<Reprotest> PrepareAsync(
        TempDirectory directory,
        IEnumerable<Variation> variations,
        CancellationToken cancellation
    )
    {
        var locales = directory.CreateDirectory("locales");
        // reprotest 0.7 says which host sudo is to run on, which sudo refuses since CVE-2025-32462, even if it is this one.
        directory.WriteFile(
            "tools/sudo",
            "#!/bin/sh\n[ \"$1 $2\" != '-h localhost' ] || shift 2\nexec /usr/bin/sudo -n \"$@\"\n",
            executable: true
        );
        var environment = new Dictionary<string, string?>
        {
            ["PATH"] = $"{directory.Combine("tools")}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        var given = new List<Variation>();
        var missing = new List<string>();
        foreach (var variation in variations)
        {
            if (await variation.ReasonWhyNotAsync(environment, cancellation) is { } reason)
            {
                missing.Add($"{variation.Name}: {reason.ReplaceLineEndings(" ")}");
            }
            else
            {
                given.Add(variation);
            }
        }

        if (given.Exists(variation => variation.Name == "locales"))
        {
            await ProcessRunner.OutputOfAsync(
                "localedef",
                ["-i", "et_EE", "-f", "UTF-8", Path.Combine(locales, Variation.Locale)],
                cancellationToken: cancellation
            );
        }

        return new Reprotest(directory.Combine("source"), locales, environment, given, missing);
    }

    /// <summary>Builds in which as much differs at once as may. Another user may not be let to a file system that lists files in another order, so one
    /// build has the one and another one the other.</summary>
    public IReadOnlyList<IReadOnlyList<Variation>> AllAtOnce =>
        Given.Any(variation => variation.Name == Variation.AsAnotherUser)
        && Given.Any(variation => variation.Name == Variation.InAnotherOrder)
            ?
            [
                [.. Given.Where(variation => variation.Name != Variation.AsAnotherUser)],
                [.. Given.Where(variation => variation.Name != Variation.InAnotherOrder)],
            ]
            : [Given];

    /// <summary>Makes the packages once as they are, and once more for each of the builds.</summary>
    /// <param name="builds">What differs in each.</param>
    /// <param name="products">Directory for the products; it is made.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<ToolResult> RunAsync(
        IReadOnlyList<IReadOnlyList<Variation>> builds,
        string products,
        CancellationToken cancellation
    ) =>
        ProcessRunner.RunAsync(
            "reprotest",
            [
                "--verbosity",
                "1",
                "--no-diffoscope",
                "--store-dir",
                products,
                $"--variations={Switches(builds[0])}",
                .. builds.Skip(1).Select(build => $"--extra-build={Switches(build)}"),
                "--build-command",
                Command,
                _source,
                PackageCommand.Products,
            ],
            environment: _environment,
            timeLimit: Longest,
            cancellationToken: cancellation
        );

    private string Command =>
        $"env TMPDIR=/tmp LOCPATH='{_locales}' DOTNET_ROOT='{DotnetRoot}' '{Program}' {PackageCommand.Verb}";

    private static string DotnetRoot =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static string Switches(IReadOnlyList<Variation> variations) =>
        string.Join(',', variations.Select(variation => variation.Switch).Prepend("-all"));
}
