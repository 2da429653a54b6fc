namespace Canary.Recipes.Tests;

/// <summary>Sources of programs in Debian: the first version is that of Debian 12, the second one that of Debian 13.</summary>
internal static class DebianSource
{
    private static readonly TimeSpan LongestFetch = TimeSpan.FromMinutes(10);

    /// <summary>What fetches the versions of a program.</summary>
    public static Func<int, string, Task<string>> Of(string package) =>
        (version, to) => FetchAsync(version == 1 ? "bookworm" : "trixie", package, to);

    /// <returns>The version, as those who wrote the program call it.</returns>
    public static async Task<string> FetchAsync(string suite, string package, string to)
    {
        await InstalledPackages.RequireAsync("debian-archive-keyring", "dpkg-dev");
        var script = SourceTree.PathOf("tests", "recipes", "debian-source.sh");
        return (await ProcessRunner.OutputOfAsync(script, [suite, package, to], timeLimit: LongestFetch)).Trim();
    }
}
