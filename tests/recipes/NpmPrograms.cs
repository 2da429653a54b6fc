namespace Canary.Recipes.Tests;

/// <summary>From the registry of npm.</summary>
internal static class NpmPrograms
{
    private static readonly TimeSpan LongestFetch = TimeSpan.FromMinutes(10);

    /// <summary>With <c>node_modules</c>.</summary>
    public static RealProgram HttpServer { get; } =
        new("http-server", "node")
        {
            FetchAsync = async (version, to) =>
            {
                var name = version == 1 ? "14.1.0" : "14.1.1";
                await FetchAsync("http-server", name, to);
                await StripAsync(to);
                await LockAsync(to);
                return name;
            },
            Units = ["http-server.service"],
            Page = "/package.json",
            Answer = version => $"\"version\": \"{version}\"",
        };

    /// <summary>Bundled.</summary>
    public static RealProgram Sirv { get; } =
        new("sirv-cli", "bundler")
        {
            FetchAsync = async (version, to) =>
            {
                var name = version == 1 ? "2.0.2" : "3.0.1";
                await FetchAsync("sirv-cli", name, to);
                await StripAsync(to);
                await NpmAsync(to, "pkg", "set", "devDependencies.esbuild=0.28.2");
                await NpmAsync(
                    to,
                    "pkg",
                    "set",
                    "scripts.build=esbuild bin.js --bundle --platform=node --outfile=dist/sirv.js"
                );
                await LockAsync(to);
                return name;
            },
            Units = ["sirv-cli.service"],
            Page = "/sirv.js",
            Answer = version => $"version: \"{version}\"",
        };

    /// <summary>Pages.</summary>
    public static RealProgram Reveal { get; } =
        new("reveal.js", "static")
        {
            FetchAsync = async (version, to) =>
            {
                var name = version == 1 ? "4.6.1" : "5.1.0";
                await FetchAsync("reveal.js", name, to);
                return name;
            },
            Units = ["nginx.service"],
            Page = "/package.json",
            Answer = version => $"\"version\": \"{version}\"",
        };

    /// <summary>Java.</summary>
    public static RealProgram Selenium { get; } =
        new("selenium-server", "java")
        {
            FetchAsync = async (version, to) =>
            {
                var name = version == 1 ? "3.14.0" : "3.141.59";
                await FetchAsync("selenium-server", name, to);
                return name;
            },
            Units = ["selenium-server.service"],
            Page = "/wd/hub/status",
        };

    /// <summary>With its scripts in Git LFS.</summary>
    public static RealProgram SwaggerUi { get; } =
        new("swagger-ui-dist", "lfs")
        {
            FetchAsync = async (version, to) =>
            {
                await InstalledPackages.RequireAsync("git-lfs");
                var name = version == 1 ? "5.17.14" : "5.18.2";
                await FetchAsync("swagger-ui-dist", name, to);
                await LargeFiles.KeepAsync(to, "*.js");
                return name;
            },
            Units = ["swagger-ui-dist.service"],
            Page = "/swagger-ui-bundle.js",
            Answer = version => $"\"{version}\"",
        };

    private static async Task FetchAsync(string name, string version, string to)
    {
        await InstalledPackages.RequireAsync("npm");
        using var downloads = new TempDirectory();
        var archive = await NpmAsync(downloads.Path, "pack", "--silent", $"{name}@{version}");
        await ProcessRunner.OutputOfAsync(
            "tar",
            ["--extract", "--file", downloads.Combine(archive.Trim()), "--strip-components=1", "--directory", to]
        );
    }

    /// <summary>What is published names more than it takes to build it.</summary>
    private static Task<string> StripAsync(string directory) =>
        NpmAsync(directory, "pkg", "delete", "devDependencies", "scripts");

    /// <summary>What is published has no lock file.</summary>
    private static async Task LockAsync(string directory)
    {
        await NpmAsync(directory, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund");
        await File.WriteAllTextAsync(Path.Combine(directory, ".gitignore"), "node_modules/\ndist/\n");
    }

    private static Task<string> NpmAsync(string directory, params string[] arguments) =>
        ProcessRunner.OutputOfAsync("npm", arguments, directory, timeLimit: LongestFetch);
}
