using System.Globalization;

namespace Canary.Testing.Machines;

/// <summary>Takes away what machines have of this one: processes, namespaces, interfaces, mounts and control groups.</summary>
internal static class MachineLeftovers
{
    /// <summary>Takes away all that belongs to processes that have ended.</summary>
    public static Task RemoveAsync() =>
        RemoveAsync(owner => !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{owner}")));

    /// <summary>Takes away what belongs to some owners.</summary>
    public static async Task RemoveAsync(Func<int, bool> isGone)
    {
        foreach (var name in ControlGroups.Names().Where(name => IsGone(name, MachineName.Namespaces)))
        {
            await ControlGroups.RemoveAsync(name);
        }

        foreach (var name in Namespaces().Where(name => IsGone(name, MachineName.Namespaces)))
        {
            await ProcessRunner.OutputOfAsync("ip", ["netns", "delete", name]);
        }

        foreach (var name in Interfaces().Where(name => IsGone(name, MachineName.Interfaces)))
        {
            // One end of a pair goes with the other.
            await ProcessRunner.RunAsync("ip", ["link", "delete", name]);
        }

        foreach (var mount in Mounts().Where(mount => mount.Split('/').Any(it => IsGone(it, MachineName.Directories))))
        {
            await UnmountAsync(mount);
            if (IsGone(Path.GetFileName(mount), MachineName.Directories))
            {
                Directory.Delete(mount);
            }
        }

        bool IsGone(string name, string prefix) => MachineName.OwnerIn(name, prefix) is { } owner && isGone(owner);
    }

    /// <summary>Unmounts what is mounted on a directory, once those who are ending there have ended.</summary>
    public static Task UnmountAsync(string directory) =>
        Eventually.PassesAsync(async () =>
        {
            if (Mounts().Contains(directory))
            {
                await ProcessRunner.OutputOfAsync("umount", [directory]);
            }
        });

    private static IEnumerable<string> Namespaces() =>
        Directory.Exists("/run/netns") ? Directory.GetFiles("/run/netns").Select(path => Path.GetFileName(path)) : [];

    private static IEnumerable<string> Interfaces() =>
        Directory.GetFileSystemEntries("/sys/class/net").Select(path => Path.GetFileName(path));

    /// <summary>Those that lie on others first.</summary>
    private static IEnumerable<string> Mounts() =>
        File.ReadAllLines("/proc/self/mounts").Select(line => line.Split(' ')[1]).Reverse();
}
