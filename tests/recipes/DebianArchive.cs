namespace Canary.Recipes.Tests;

/// <summary>Programs as Debian has them.</summary>
internal static class DebianArchive
{
    private static readonly TimeSpan LongestFetch = TimeSpan.FromMinutes(10);

    /// <summary>Unpacks the source of a program.</summary>
    /// <returns>The version, as those who wrote the program call it.</returns>
    public static Task<string> SourceAsync(string suite, string source, string to) =>
        FetchAsync("source", suite, source, to, "*");

    /// <summary>Unpacks what a package has in a directory.</summary>
    /// <returns>The version, as those who wrote the program call it.</returns>
    public static Task<string> PackageAsync(string suite, string package, string directory, string to) =>
        FetchAsync("package", suite, package, to, directory);

    /// <summary>Puts the file of a package into a directory.</summary>
    /// <returns>The version, as those who wrote the program call it.</returns>
    public static Task<string> FileAsync(string suite, string package, string to) =>
        FetchAsync("file", suite, package, to, ".");

    private static async Task<string> FetchAsync(string kind, string suite, string name, string to, string directory)
    {
        await InstalledPackages.RequireAsync("debian-archive-keyring", "dpkg-dev");
        var script = SourceTree.PathOf("tests", "recipes", "debian-archive.sh");
        return (
            await ProcessRunner.OutputOfAsync(script, [kind, suite, name, to, directory], timeLimit: LongestFetch)
        ).Trim();
    }
}
