using System.Collections.Concurrent;

namespace Canary.Testing.Machines;

/// <summary>The Debian systems that machines lie over.</summary>
internal static class MachineImage
{
    private static readonly TimeSpan LongestDebootstrap = TimeSpan.FromMinutes(15);

    private static readonly ConcurrentDictionary<(string, MachineKind), Lazy<Task<string>>> Made = new();

    /// <summary>The directory of one. Made at its first use.</summary>
    public static Task<string> DirectoryAsync(string suite, MachineKind kind) =>
        Made.GetOrAdd((suite, kind), _ => new Lazy<Task<string>>(() => MakeAsync(suite, kind))).Value;

    private static async Task<string> MakeAsync(string suite, MachineKind kind)
    {
        await InstalledPackages.RequireAsync("debootstrap", "systemd-container", "iproute2");
        string[] arguments = kind switch
        {
            MachineKind.Runtimes => ["image-with.sh", suite, "runtimes"],
            MachineKind.SetUpTools => ["image-with.sh", suite, "tools"],
            _ => ["image.sh", suite],
        };
        var path = SourceTree.PathOf("tests", "testing", "Machines", arguments[0]);
        return (await ProcessRunner.OutputOfAsync(path, arguments[1..], timeLimit: LongestDebootstrap)).Trim();
    }
}
