using System.Collections.Concurrent;

namespace Canary.Packages.Tests;

/// <summary>Debian systems with all that Canary's packages depend on.</summary>
internal static class DebianRoot
{
    private static readonly TimeSpan LongestDebootstrap = TimeSpan.FromMinutes(15);

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Made = new();

    /// <summary>Directory of a version of Debian. Made at the first use.</summary>
    public static Task<string> DirectoryAsync(string suite) =>
        Made.GetOrAdd(suite, it => new Lazy<Task<string>>(() => MakeAsync(it))).Value;

    private static async Task<string> MakeAsync(string suite)
    {
        await InstalledPackages.RequireAsync("debootstrap");
        var script = SourceTree.PathOf("tests", "packages", "root.sh");
        return (await ProcessRunner.OutputOfAsync(script, [suite], timeLimit: LongestDebootstrap)).Trim();
    }
}
