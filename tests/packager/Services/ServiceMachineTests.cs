using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using Canary.Testing.Machines;

namespace Canary.Packager.Tests.Services;

/// <summary>Services on a machine with a systemd of its own, and what <c>canary-apply</c> says of them.</summary>
public sealed class ServiceMachineTests : IDisposable
{
    private const string Boundary = "0123456789abcdef0123456789abcdef";

    private const string AsDeployUser = "setpriv --reuid nobody --regid nogroup --clear-groups ";

    private readonly TempDirectory _directory = new();

    private int _versions;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Services_run_are_restarted_are_found_unhealthy_come_back_and_go()
    {
        var obstacle = await MachineSet.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        await using var machines = await MachineSet.StartAsync();
        var machine = await machines.BootAsync("shop-1");
        await machine.CopyAsync(SourceTree.PathOf("hosts", "canary-apply"), "/usr/sbin/canary-apply");
        machine.WriteFile("/var/lib/canary-apply/shop.package", "shop\n");
        machine.WriteFile(
            "/etc/sudoers.d/canary-deploy",
            "nobody ALL=(root) NOPASSWD: /usr/sbin/canary-apply --as-root\n"
        );
        _directory.WriteFile(
            "app/script/post-inst",
            "#!/bin/sh\nset -e\nsetpriv --reuid shop --regid shop --clear-groups touch /var/lib/shop/made\n",
            executable: true
        );
        var first = Pack("echo 1 >/var/lib/shop/version; exec sleep infinity");
        var second = Pack("echo 2 >/var/lib/shop/version; exec sleep infinity");
        var broken = Pack("echo 'the database says no' >&2; exit 3");
        var bare = Pack("exit 0", "description: nothing runs");

        await InstallAsync(machine, first);
        (await StateAsync(machine, "shop.service")).ShouldBe("active");
        (await StateAsync(machine, "shop-clean.timer")).ShouldBe("active");
        await SaysAsync(machine, "1");
        (await machine.OutputOfAsync("stat", "-c", "%U", "/var/lib/shop", "/var/lib/shop/version")).ShouldBe(
            "shop\nshop\n"
        );
        (await UnitsAsync(machine)).ShouldContain("result 5\ndone\n");
        (await UnitsAsync(machine, AsDeployUser)).ShouldContain("\ndone\n");
        (await StateAsync(machine, "shop-extra.service")).ShouldBe("inactive");
        await machine.OutputOfAsync("systemctl", "start", "shop-extra.service");
        var extra = await InvocationAsync(machine, "shop-extra.service");

        await InstallAsync(machine, second);
        await SaysAsync(machine, "2");
        // Whoever has started it, it goes on with the new program.
        (await StateAsync(machine, "shop-extra.service")).ShouldBe("active");
        (await InvocationAsync(machine, "shop-extra.service")).ShouldNotBe(extra);
        await machine.OutputOfAsync("systemctl", "stop", "shop-extra.service");
        (await UnitsAsync(machine)).ShouldContain("\ndone\n");

        await InstallAsync(machine, broken);
        var unhealthy = await UnitsAsync(machine);
        unhealthy.ShouldContain("\nunhealthy\n");
        unhealthy.ShouldContain("exit status 3");
        unhealthy.ShouldContain("the database says no");
        // By the right that hosts/install.sh gives, the deploy user gets to hear the same.
        (await UnitsAsync(machine, AsDeployUser)).ShouldContain("the database says no");

        // Failing too often is not held against the version before.
        await Eventually.TrueAsync(async () => await StateAsync(machine, "shop.service") == "failed");
        await InstallAsync(machine, second);
        (await StateAsync(machine, "shop.service")).ShouldBe("active");
        (await UnitsAsync(machine)).ShouldContain("\ndone\n");

        // What the administrator has disabled stays disabled.
        await machine.OutputOfAsync("systemctl", "disable", "--now", "shop-clean.timer");
        await InstallAsync(machine, first);
        (await StateAsync(machine, "shop-clean.timer")).ShouldBe("inactive");
        (await UnitsAsync(machine)).ShouldContain("disabled on this host");

        await InstallAsync(machine, bare);
        (await machine.RunAsync("pgrep", "-u", "shop")).Output.ShouldBeEmpty();
        (await UnitsAsync(machine)).ShouldContain("there is no unit");

        await InstallAsync(machine, second);
        await machine.OutputOfAsync("dpkg", "--purge", "shop");
        (await machine.RunAsync("pgrep", "-u", "shop")).Output.ShouldBeEmpty();
        (await machine.OutputOfAsync("sh", "-c", "systemctl list-units --all --no-legend 'shop*'")).ShouldBeEmpty();
        var left = await machine.OutputOfAsync(
            "sh",
            "-c",
            "find /etc /usr /opt /run /var -name '*shop*' -not -path '/var/lib/canary-apply/*' 2>/dev/null || true"
        );
        left.ShouldBeEmpty();
        (await machine.OutputOfAsync("getent", "passwd", "shop")).ShouldContain(":/var/lib/shop:/usr/sbin/nologin");
    }

    private static async Task<string> StateAsync(Machine machine, string unit) =>
        (await machine.RunAsync("systemctl", "is-active", unit)).Output.Trim();

    private static async Task<string> InvocationAsync(Machine machine, string unit) =>
        await machine.OutputOfAsync("systemctl", "show", "--property=InvocationID", "--value", unit);

    private static Task SaysAsync(Machine machine, string version) =>
        Eventually.TrueAsync(async () =>
            (await machine.RunAsync("cat", "/var/lib/shop/version")).Output.Trim() == version
        );

    private static async Task<string> UnitsAsync(Machine machine, string runner = "") =>
        (
            await machine.RunAsync(
                "sh",
                "-c",
                $@"printf '%s\0' v2 {Boundary} units shop 5 required shop.service shop-clean.timer | {runner}canary-apply"
            )
        ).Text;

    private static async Task InstallAsync(Machine machine, BuiltPackage package)
    {
        await machine.CopyAsync(package.Path, "/srv/shop.deb");
        await machine.OutputOfAsync("dpkg", "--force-downgrade", "--install", "/srv/shop.deb");
    }

    private BuiltPackage Pack(
        string serve,
        string yml =
            "services: {shop: {command: bin/serve}, clean: {command: [/bin/true], schedule: daily}, "
            + "extra: {command: [/bin/sleep, infinity], start: false}}"
    )
    {
        _directory.WriteFile("app/bin/serve", $"#!/bin/sh\n{serve}\n", executable: true);
        _directory.WriteFile("app/canary.yml", yml);
        if (!yml.Contains("services", StringComparison.Ordinal))
        {
            _directory.WriteFile("app/script/post-inst", "#!/bin/sh\n");
        }

        return Packing.Pack(
            _directory.Combine("app"),
            _directory.Combine($"{++_versions}.deb"),
            commit: Packing.Commit with
            {
                CommittedAt = Packing.Commit.CommittedAt.AddMinutes(_versions),
            }
        );
    }
}
