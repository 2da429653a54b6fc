using Canary.Testing.Machines;

namespace Canary.Packages.Tests;

/// <summary>A Debian 12 with systemd that has Canary's own repository as a source.</summary>
internal static class PackagedMachine
{
    public static async Task SkipWithoutMachinesAsync()
    {
        var obstacle = await MachineSet.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
    }

    public static async Task<Machine> BootAsync(MachineSet machines, PackageRepository repository)
    {
        var machine = await machines.BootAsync("server", image: await DebianRoot.DirectoryAsync("bookworm"));
        File.Copy(repository.Keyring, Path.Combine(machine.Root, "etc/apt/canary.pgp"));
        machine.WriteFile("/etc/apt/sources.list.d/canary-itself.list", repository.SourceFor(machines.Address));
        await machine.OutputOfAsync("apt-get", "update");
        return machine;
    }

    /// <summary>Mounts a file system for simulated hosts: the root of a machine is an overlay, they are made of overlays, and the kernel
    /// does not lay one over the other.</summary>
    public static async Task MountDataAsync(this Machine machine, string directory)
    {
        await machine.OutputOfAsync("mkdir", directory);
        await machine.OutputOfAsync("mount", "-t", "tmpfs", "tmpfs", directory);
    }

    public static Task<string> InstallAsync(this Machine machine, string version, params string[] packages) =>
        machine.OutputOfAsync([
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "install",
            "--yes",
            "--allow-downgrades",
            .. packages.Select(package => $"{package}={version}"),
        ]);

    public static async Task<string> JournalAsync(this Machine machine, string unit) =>
        (await machine.RunAsync("journalctl", "-u", unit, "--no-pager", "-n", "100")).Text;

    /// <summary>As <c>systemd-analyze security</c> rates it: 0 is safe, 10 is not.</summary>
    public static async Task<double> ExposureAsync(this Machine machine, string unit)
    {
        var said = await machine.RunAsync("systemd-analyze", "security", "--no-pager", unit);
        var verdict = said
            .Output.Split('\n')
            .Single(line => line.Contains("Overall exposure level", StringComparison.Ordinal));
        return double.Parse(
            verdict.Split(':')[1].Trim().Split(' ')[0],
            System.Globalization.CultureInfo.InvariantCulture
        );
    }
}
