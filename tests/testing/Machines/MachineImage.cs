using System.Collections.Concurrent;

namespace Canary.Testing.Machines;

/// <summary>The Debian systems that machines lie over.</summary>
internal static class MachineImage
{
    private static readonly TimeSpan LongestDebootstrap = TimeSpan.FromMinutes(15);

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Made = new(StringComparer.Ordinal);

    /// <summary>The directory of one. Made at its first use.</summary>
    public static Task<string> DirectoryAsync(string suite) =>
        Made.GetOrAdd(suite, _ => new Lazy<Task<string>>(() => MakeAsync(suite))).Value;

    private static async Task<string> MakeAsync(string suite)
    {
        await InstalledPackages.RequireAsync("debootstrap", "systemd-container", "iproute2");
        var script = SourceTree.PathOf("tests", "testing", "Machines", "image.sh");
        return (await ProcessRunner.OutputOfAsync(script, [suite], timeLimit: LongestDebootstrap)).Trim();
    }
}
