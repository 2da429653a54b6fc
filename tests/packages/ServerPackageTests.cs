using System.Net;
using Canary.Testing.Machines;

namespace Canary.Packages.Tests;

/// <summary>Canary's own packages on a Debian 12 with systemd, by apt from their own repository.</summary>
public sealed class ServerPackageTests(PackageRepository repository)
{
    private const string First = "/usr/share/doc/canary-server/examples/first-release";

    [Fact]
    public async Task Two_commands_give_a_running_server_and_a_third_the_first_release()
    {
        await PackagedMachine.SkipWithoutMachinesAsync();
        await using var machines = await MachineSet.StartAsync();
        var machine = await PackagedMachine.BootAsync(machines, repository);

        await machine.MountDataAsync("/var/lib/canary");
        await machine.InstallAsync(repository.FirstVersion, "canary-server", "canary-runtime", "canary");

        (await machine.OutputOfAsync("systemctl", "is-active", "canary-server")).Trim().ShouldBe("active");
        (await UserOfServerAsync(machine)).ShouldBe("canary-server");
        (await machine.OutputOfAsync("curl", "-fsS", "http://127.0.0.1:8480/health/ready")).ShouldContain("ready");
        (
            await machine.RunAsync(
                "systemd-analyze",
                "verify",
                "--man=no",
                "/usr/lib/systemd/system/canary-server.service"
            )
        ).Text.ShouldNotContain("canary");
        (await machine.ExposureAsync("canary-server")).ShouldBeLessThan(5.0);
        (await machine.OutputOfAsync("env", "--chdir=/", "canary", "--version")).Trim().ShouldNotBeEmpty();
        (await machine.OutputOfAsync("man", "--warnings", "-l", "/usr/share/man/man1/canary.1.gz")).ShouldContain(
            "releases promote"
        );
        (
            await machine.OutputOfAsync(
                "bash",
                "-c",
                ". /usr/share/bash-completion/completions/canary && complete -p canary"
            )
        ).ShouldContain("canary");
        var token = await machine.OutputOfAsync("cat", "/var/lib/canary/secrets/api-token");
        (await machine.OutputOfAsync("stat", "-c", "%U %a", "/var/lib/canary/secrets/api-token")).ShouldBe(
            "canary-server 600\n"
        );

        (await machine.RunAsync("env", "--chdir=/", First, "--promote")).ExitCode.ShouldBe(
            0,
            await machine.JournalAsync("canary-server")
        );
        (await machine.OutputOfAsync("env", "--chdir=/", "canary", "releases", "list", "--json")).ShouldContain(
            "completed"
        );

        // What root may read and the server may not, and what root would leave for it.
        const string Closed = "/root/till";
        await machine.OutputOfAsync(
            "sh",
            "-ec",
            """
            git init --quiet "$1"
            cd "$1"
            install -D /dev/null script/cisetup
            install -D /dev/null script/cibuild
            git add --all
            git -c user.name=Ada -c user.email=ada@example.org commit --quiet --message one
            """,
            "sh",
            Closed
        );
        (await machine.RunAsync("env", "--chdir=/", "canary", "run", "--repo", Closed)).Text.ShouldContain(
            $"runs as the user canary-server, may not read '{Closed}'"
        );
        await machine.OutputOfAsync("systemctl", "stop", "canary-server");
        var asRoot = await machine.RunAsync("env", "--chdir=/", "canary", "server", "start");
        asRoot.Text.ShouldContain("systemctl start canary-server");
        (await machine.OutputOfAsync("find", "/var/lib/canary", "-user", "root")).ShouldBeEmpty();
        await machine.OutputOfAsync("systemctl", "start", "canary-server");

        await machine.InstallAsync(repository.SecondVersion, "canary-server", "canary-runtime", "canary");

        (await machine.OutputOfAsync("cat", "/var/lib/canary/secrets/api-token")).ShouldBe(token);
        (await machine.OutputOfAsync("env", "--chdir=/", "canary", "releases", "list", "--json")).ShouldContain(
            "completed"
        );

        await machine.InstallAsync(repository.FirstVersion, "canary-server", "canary-runtime", "canary");

        (await machine.OutputOfAsync("env", "--chdir=/", "canary", "releases", "list", "--json")).ShouldContain(
            "completed"
        );
        (await machine.InstalledAsync("canary-server")).ShouldBe(repository.FirstVersion);

        await machine.OutputOfAsync("systemctl", "stop", "canary-server");
        await machine.OutputOfAsync("umount", "/var/lib/canary");
        machine.WriteFile("/var/lib/canary/secrets/api-token", "what a purge removes");

        await machine.OutputOfAsync("apt-get", "purge", "--yes", "canary-server", "canary-runtime", "canary");

        (await LeftOnAsync(machine)).ShouldBeEmpty();
        (await machine.RunAsync("systemctl", "is-active", "canary-server")).Output.Trim().ShouldBe("inactive");
    }

    [Fact]
    public async Task A_host_is_set_up_by_its_package_and_a_purge_leaves_nothing()
    {
        await PackagedMachine.SkipWithoutMachinesAsync();
        await using var machines = await MachineSet.StartAsync();
        var machine = await PackagedMachine.BootAsync(machines, repository);

        await machine.InstallAsync(
            repository.SecondVersion,
            "canary-host",
            "canary-build-host",
            "canary-ingress",
            "canary-runtime"
        );

        (
            await machine.RunAsync(
                "systemd-analyze",
                "verify",
                "--man=no",
                "/usr/lib/systemd/system/canary-converge.timer",
                "/usr/lib/systemd/system/canary-ingress.service"
            )
        ).Text.ShouldNotContain("canary");
        (await machine.OutputOfAsync("systemctl", "is-enabled", "canary-converge.timer")).Trim().ShouldBe("enabled");
        // Not set up: it waits for the token that services share.
        (await machine.RunAsync("systemctl", "is-active", "canary-ingress"))
            .Output.Trim()
            .ShouldBe("inactive");
        await SetUpHostAsync(machine, machines.Address);
        (await machine.OutputOfAsync("sudo", "-l", "-U", "canary")).ShouldContain("/usr/sbin/canary-apply --as-root");
        (await machine.RunAsync("test", "-e", "/etc/systemd/system/canary-converge.timer")).ExitCode.ShouldBe(1);
        // Whether or not the suite has anything for it, it keeps something; a hook of a release does, too.
        await machine.RunAsync("canary-apply", "--converge");
        await machine.OutputOfAsync("test", "-d", "/var/lib/canary-damaged");
        machine.WriteFile("/var/lib/canary-hooks/1/files/script/pre-deploy", "what a purge removes");

        await machine.OutputOfAsync(
            "apt-get",
            "purge",
            "--yes",
            "canary-host",
            "canary-build-host",
            "canary-ingress",
            "canary-runtime"
        );

        (await LeftOnAsync(machine)).ShouldBeEmpty();
        (await machine.RunAsync("getent", "passwd", "canary")).ExitCode.ShouldBe(2);
    }

    private static async Task<string> UserOfServerAsync(Machine machine)
    {
        var process = (await machine.OutputOfAsync("systemctl", "show", "-P", "MainPID", "canary-server")).Trim();
        return (await machine.OutputOfAsync("ps", "-o", "user:32=", "-p", process)).Trim();
    }

    private async Task SetUpHostAsync(Machine machine, IPAddress address)
    {
        await machine.OutputOfAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/deployer");
        var key = (await machine.OutputOfAsync("cat", "/root/deployer.pub")).Trim();
        // Any repository with a key will do: nothing is installed from it here.
        await machine.OutputOfAsync(
            "canary-host",
            "setup",
            "--repository",
            $"http://{address}:{repository.Port}/",
            "--suite",
            "production",
            "--deployer-key",
            key,
            "--trust-on-first-use"
        );
    }

    /// <summary>What is left of Canary, but for the users, which stay as those of any package.</summary>
    private static async Task<string> LeftOnAsync(Machine machine) =>
        await machine.OutputOfAsync(
            "sh",
            "-c",
            "find /etc /usr /var/lib /var/cache /var/log /opt -xdev -iname '*canary*' ! -path '/etc/apt/canary.pgp' "
                + "! -path '/etc/apt/sources.list.d/canary-itself.list' ! -path '/var/lib/apt/lists/*' ! -path '*/zoneinfo/*' ! -path '/var/cache/apt/*'"
        );
}
