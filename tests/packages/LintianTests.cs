namespace Canary.Packages.Tests;

/// <summary>What Debian's own checker says of the packages.</summary>
public sealed class LintianTests(PackageRepository repository)
{
    /// <summary>Errors that stay, each with its reason.</summary>
    private static readonly string[] Justified =
    [
        // The .NET runtime brings the compression that it was built with.
        "canary: embedded-library zlib [usr/lib/canary-cli/libSystem.IO.Compression.Native.so]",
        "canary-runtime: embedded-library zlib [usr/lib/canary/libSystem.IO.Compression.Native.so]",
        // The file is that of SQLite's package of NuGet, to the byte.
        "canary-runtime: unstripped-binary-or-object [usr/lib/canary/libe_sqlite3.so]",
    ];

    [Fact]
    public async Task It_finds_no_error_but_those_of_the_embedded_runtime()
    {
        await InstalledPackages.RequireAsync("lintian");
        var said = await ProcessRunner.RunAsync(
            "lintian",
            [
                "--allow-root",
                "--tag-display-limit",
                "0",
                "-L",
                "error",
                .. repository.Second.Select(package => package.Path),
            ]
        );

        said.Output.Split('\n')
            .Where(line => line.StartsWith("E: ", StringComparison.Ordinal))
            .Select(line => line[3..])
            .ShouldBe(Justified, ignoreOrder: true);
    }
}
