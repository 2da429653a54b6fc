namespace Canary.Recipes.Tests;

/// <summary>From the registry of npm.</summary>
internal static class NodePrograms
{
    private static readonly TimeSpan LongestFetch = TimeSpan.FromMinutes(5);

    public static RealProgram HttpServer { get; } =
        new("http-server", "node")
        {
            FetchAsync = (version, to) => FetchAsync("http-server", VersionOf(version), to),
            Units = ["http-server.service"],
            Page = "/package.json",
            Answer = version => $"\"version\": \"{VersionOf(version)}\"",
        };

    private static string VersionOf(int version) => version == 1 ? "14.1.0" : "14.1.1";

    /// <summary>What is published has no lock file: one of production is made.</summary>
    private static async Task FetchAsync(string name, string version, string to)
    {
        await InstalledPackages.RequireAsync("npm");
        using var downloads = new TempDirectory();
        var archive = await NpmAsync(downloads.Path, "pack", "--silent", $"{name}@{version}");
        await ProcessRunner.OutputOfAsync(
            "tar",
            ["--extract", "--file", downloads.Combine(archive.Trim()), "--strip-components=1", "--directory", to]
        );
        await NpmAsync(to, "pkg", "delete", "devDependencies", "scripts");
        await NpmAsync(to, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund");
        await File.WriteAllTextAsync(Path.Combine(to, ".gitignore"), "node_modules/\n");
    }

    private static Task<string> NpmAsync(string directory, params string[] arguments) =>
        ProcessRunner.OutputOfAsync("npm", arguments, directory, timeLimit: LongestFetch);
}
