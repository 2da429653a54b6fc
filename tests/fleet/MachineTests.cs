using System.Diagnostics;
using System.Globalization;
using Canary.Testing.Machines;

namespace Canary.Fleet.Tests;

/// <summary>Machines are real, and leave this one as it was.</summary>
public sealed class MachineTests
{
    [Fact]
    public async Task A_machine_has_a_systemd_and_an_address_of_its_own_and_nothing_of_it_is_left()
    {
        await RequireAsync();
        string root;
        await using (var machines = await MachineSet.StartAsync())
        {
            var machine = await machines.BootAsync("web-1");
            root = machine.Root;

            (await machine.OutputOfAsync("hostname")).Trim().ShouldBe("web-1");
            (await machine.OutputOfAsync("cat", "/proc/1/comm")).Trim().ShouldBe("systemd");
            (await machine.OutputOfAsync("systemctl", "is-active", "ssh.service")).Trim().ShouldBe("active");
            var keys = await ProcessRunner.OutputOfAsync("ssh-keyscan", ["-t", "ed25519", $"{machine.Address}"]);
            keys.ShouldContain("ssh-ed25519");
        }

        // Other tests of this process have machines as well.
        Left(SetOf(root)).ShouldBeEmpty();
        Directory.Exists(root).ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_killed_test_has_left_goes_when_the_next_one_begins()
    {
        await RequireAsync();
        var owner = await EndedProcessAsync();
        var set = string.Create(CultureInfo.InvariantCulture, $"{owner}.1");
        var name = $"canary-m-{set}.1";
        await ProcessRunner.OutputOfAsync("ip", ["netns", "add", name]);
        var group = Directory.CreateDirectory(
            Directory.Exists("/sys/fs/cgroup/systemd") ? $"/sys/fs/cgroup/systemd/{name}" : $"/sys/fs/cgroup/{name}"
        );
        using var sleeper = Process.Start("sleep", ["1000"]);
        await File.WriteAllTextAsync(
            Path.Combine(group.FullName, "cgroup.procs"),
            sleeper.Id.ToString(CultureInfo.InvariantCulture),
            TestContext.Current.CancellationToken
        );
        using var place = new TempDirectory($"canary-machines-{set}-");
        await ProcessRunner.OutputOfAsync("mount", ["-t", "tmpfs", "canary-test", place.Path]);
        Left(set).Count.ShouldBe(3);

        await using var next = await MachineSet.StartAsync();

        Left(set).ShouldBeEmpty();
        await sleeper.WaitForExitAsync(TestContext.Current.CancellationToken);
        Directory.Exists(place.Path).ShouldBeFalse();
    }

    private static async Task RequireAsync()
    {
        var obstacle = await MachineSet.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
    }

    private static async Task<int> EndedProcessAsync()
    {
        using var process = Process.Start("true");
        await process.WaitForExitAsync();
        return process.Id;
    }

    private static string SetOf(string root) =>
        root.Split('/').Single(part => part.StartsWith("canary-machines-", StringComparison.Ordinal)).Split('-')[2];

    private static IReadOnlyList<string> Left(string set)
    {
        string[] marks = [$"canary-m-{set}.", $"cm-{set}", $"canary-machines-{set}-"];
        return
        [
            .. Directory
                .GetFileSystemEntries("/run/netns")
                .Concat(Directory.GetFileSystemEntries("/sys/class/net"))
                .Concat(File.ReadAllLines("/proc/self/mounts").Where(line => line.StartsWith("canary-test ")))
                .Concat(Directory.GetDirectories("/sys/fs/cgroup"))
                .Concat(Directory.GetDirectories("/sys/fs/cgroup").SelectMany(Directory.GetDirectories))
                .Where(entry => marks.Any(mark => entry.Contains(mark, StringComparison.Ordinal))),
        ];
    }
}
