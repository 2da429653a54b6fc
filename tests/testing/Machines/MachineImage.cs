using System.Collections.Concurrent;

namespace Canary.Testing.Machines;

/// <summary>The Debian systems that machines lie over.</summary>
internal static class MachineImage
{
    private static readonly TimeSpan LongestDebootstrap = TimeSpan.FromMinutes(15);

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Made = new(StringComparer.Ordinal);

    /// <summary>The directory of one. Made at its first use.</summary>
    public static Task<string> DirectoryAsync(string suite, bool hasRuntimes)
    {
        var script = hasRuntimes ? "runtimes.sh" : "image.sh";
        return Made.GetOrAdd($"{script} {suite}", _ => new Lazy<Task<string>>(() => MakeAsync(script, suite))).Value;
    }

    private static async Task<string> MakeAsync(string script, string suite)
    {
        await InstalledPackages.RequireAsync("debootstrap", "systemd-container", "iproute2");
        var path = SourceTree.PathOf("tests", "testing", "Machines", script);
        return (await ProcessRunner.OutputOfAsync(path, [suite], timeLimit: LongestDebootstrap)).Trim();
    }
}
