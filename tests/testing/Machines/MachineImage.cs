namespace Canary.Testing.Machines;

/// <summary>The Debian system that machines lie over.</summary>
internal static class MachineImage
{
    private static readonly TimeSpan LongestDebootstrap = TimeSpan.FromMinutes(15);

    private static readonly Lazy<Task<string>> Made = new(async () =>
    {
        await InstalledPackages.RequireAsync("debootstrap", "systemd-container", "iproute2");
        var script = SourceTree.PathOf("tests", "testing", "Machines", "image.sh");
        return (await ProcessRunner.OutputOfAsync(script, [], timeLimit: LongestDebootstrap)).Trim();
    });

    /// <summary>Its directory. Made at the first use.</summary>
    public static Task<string> DirectoryAsync() => Made.Value;
}
