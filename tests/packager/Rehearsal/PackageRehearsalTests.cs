using Canary.Contracts.Packaging;
using Canary.Packager.Rehearsal;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Packager.Tests.Rehearsal;

/// <summary>Packages with every fault that a script can have, in a real Debian system.</summary>
public sealed class PackageRehearsalTests : IAsyncLifetime
{
    private readonly TempDirectory _scratch = new();
    private PackagerHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await StartAsync("--packager:rehearsal:steplimit=00:01:00");

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_good_package_is_installed_updated_to_taken_back_and_purged()
    {
        using var before = await new ScriptedPackage("1.0").BuildAsync();
        using var next = await new ScriptedPackage("2.0")
            .With("preinst", "echo preinst $1 $2")
            .With(
                "postinst",
                "useradd --system shop || true; chown shop:shop /opt/shop/version; install -d /var/lib/shop; echo postinst $1 $2"
            )
            .With("prerm", "echo prerm $1 $2")
            .With("postrm", "[ \"$1\" != purge ] || rm -rf /var/lib/shop; echo postrm $1")
            .BuildAsync();
        await RunsAsync("1.0", before);

        var outcome = await RehearseAsync(next);

        outcome.Fault.ShouldBeNull();
        outcome.Summary.ShouldMatch(@"^rehearsed in \d+\.\d s: installed, updated from 1\.0, taken back and purged$");
        foreach (
            var said in new[] { "postinst configure 1.0", "prerm upgrade 1.0", "preinst upgrade 1.0", "postrm purge" }
        )
        {
            outcome.Output.ShouldContain(said);
        }
    }

    [Theory]
    [InlineData("postinst", "echo no such shop; exit 3", "rehearsal-failed", "no such shop")]
    [InlineData("postrm", "[ \"$1\" != purge ] || exit 4", "rehearsal-failed", "when it is purged")]
    [InlineData("postinst", "echo 'Your name?'; read name", "rehearsal-prompt", "Your name?")]
    [InlineData("postinst", "read name </dev/tty", "rehearsal-prompt", "asks a question")]
    [InlineData(
        "postinst",
        "mkdir -p /var/lib/shop; touch /etc/shop.conf",
        "rehearsal-leftovers",
        "/etc/shop.conf, /var/lib/shop."
    )]
    public async Task A_fault_is_told_with_what_the_script_said(string name, string script, string code, string said)
    {
        using var package = await new ScriptedPackage("2.0").With(name, script).BuildAsync();

        var outcome = await RehearseAsync(package);

        var fault = outcome.Fault.ShouldNotBeNull(outcome.Summary);
        fault.Code.ShouldBe(code);
        fault.Message.ShouldContain(said);
        fault.Remedy.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public async Task Data_that_a_service_keeps_may_stay()
    {
        using var package = await new ScriptedPackage("2.0")
            .With("postinst", "mkdir -p /var/lib/shop; touch /var/lib/shop/orders")
            .BuildAsync();
        var keeping = package.Rehearsed with { KeptDirectories = ["/var/lib/shop"] };

        var outcome = await Rehearsal(_host).RunAsync(keeping, _scratch.Path, CancellationToken.None);

        outcome.ShouldNotBeNull().Fault.ShouldBeNull();
    }

    [Fact]
    public async Task A_question_of_debconf_is_a_prompt()
    {
        using var package = await new ScriptedPackage("2.0")
            .Depends("debconf")
            .WithFile(
                "DEBIAN/templates",
                "Template: shop/name\nType: string\nDescription: Whose shop is it?\n It has a name.\n"
            )
            .With("config", ". /usr/share/debconf/confmodule\ndb_input high shop/name || true\ndb_go || true")
            .With("postinst", ". /usr/share/debconf/confmodule\ndb_get shop/name")
            .BuildAsync();

        var fault = (await RehearseAsync(package)).Fault.ShouldNotBeNull();

        fault.Code.ShouldBe("rehearsal-prompt");
        fault.Message.ShouldContain("Whose shop is it?");
    }

    [Fact]
    public async Task A_script_that_hangs_is_ended()
    {
        await using var host = await StartAsync("--packager:rehearsal:steplimit=00:00:02");
        using var package = await new ScriptedPackage("2.0")
            .With("postinst", "echo waiting for the sun; exec sleep 10000")
            .BuildAsync();

        var fault = (await RehearseAsync(package, host)).Fault.ShouldNotBeNull();

        fault.Code.ShouldBe("rehearsal-hang");
        fault.Message.ShouldContain("waiting for the sun");
    }

    [Fact]
    public async Task What_fails_on_the_way_back_is_found()
    {
        using var before = await new ScriptedPackage("1.0").BuildAsync();
        using var next = await new ScriptedPackage("2.0")
            .With("prerm", "[ \"$1\" != upgrade ] || { echo there is no way back; exit 5; }")
            .BuildAsync();
        await RunsAsync("1.0", before);

        var fault = (await RehearseAsync(next)).Fault.ShouldNotBeNull();

        fault.Code.ShouldBe("rehearsal-failed");
        fault.Message.ShouldContain("when it is taken back");
        fault.Message.ShouldContain("there is no way back");
    }

    [Fact]
    public async Task A_version_before_that_cannot_be_installed_is_not_this_ones_fault()
    {
        using var before = await new ScriptedPackage("1.0").With("postinst", "exit 1").BuildAsync();
        using var next = await new ScriptedPackage("2.0").BuildAsync();
        await RunsAsync("1.0", before);

        var outcome = await RehearseAsync(next);

        outcome.Fault.ShouldBeNull();
        outcome.Summary.ShouldEndWith("installed and purged; 1.0 could not be installed to update from it");
    }

    [Fact]
    public async Task A_publisher_that_stops_halfway_is_not_waited_for()
    {
        await using var host = await StartAsync("--packager:uploadtimeout=00:00:02");
        using var before = await new ScriptedPackage("1.0").BuildAsync();
        using var next = await new ScriptedPackage("2.0").BuildAsync();
        host.Running = ("1.0", await File.ReadAllBytesAsync(before.File));
        host.StopsHalfway = true;

        var outcome = await RehearseAsync(next, host).WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System);

        outcome.Fault.ShouldBeNull();
        outcome.Summary.ShouldMatch(@"^rehearsed in \d+\.\d s: installed and purged$");
    }

    [Fact]
    public async Task Nothing_is_concluded_where_a_dependency_is_missing()
    {
        using var package = await new ScriptedPackage("2.0")
            .Depends("nginx (>= 1.0)")
            .With("postinst", "exit 1")
            .BuildAsync();

        var outcome = await RehearseAsync(package);

        outcome.Fault.ShouldBeNull();
        outcome.Summary.ShouldBe("not rehearsed: the system to do it in lacks nginx (>= 1.0)");
    }

    [Fact]
    public async Task What_may_stay_may_stay()
    {
        await using var host = await StartAsync("--packager:rehearsal:maystay:0=/var/lib/shop/data");
        using var package = await new ScriptedPackage("2.0")
            .With("postinst", "mkdir -p /var/lib/shop/data; touch /var/lib/shop/data/orders")
            .BuildAsync();

        (await RehearseAsync(package, host)).Fault.ShouldBeNull();
    }

    [Fact]
    public async Task A_hostile_script_reaches_neither_network_nor_machine_and_leaves_nothing()
    {
        var system = await SystemAsync();
        var outside = _scratch.WriteFile("outside", "mine");
        using var package = await new ScriptedPackage("2.0")
            .With(
                "postinst",
                $"""
                id -u
                cat /proc/self/uid_map
                grep -c : /proc/net/dev
                ! cat {outside}
                ! mount -t tmpfs none /mnt
                ! unshare --user true
                ! chroot /proc/1/root ls {outside}
                ! kill -9 1
                rm -rf /usr/share/doc /bin/dd
                sleep 10000 &
                """
            )
            .BuildAsync();

        var outcome = await RehearseAsync(package);

        outcome.Fault.ShouldBeNull(outcome.Output);
        var said = outcome.Output.Split('\n').Select(line => line.Trim()).ToList();
        said.ShouldContain("0");
        said.ShouldContain(line => line.StartsWith('0') && line.EndsWith(" 1") && !line.StartsWith("0          0"));
        said.ShouldContain("1", "There is no device but the loopback.");
        File.Exists(Path.Combine(system, "bin", "dd")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("ln -s /dev/zero /build/result")]
    [InlineData("mkfifo /build/result; kill -9 -1")]
    public async Task What_scripts_put_in_the_place_of_the_report_is_not_read(string script)
    {
        using var package = await new ScriptedPackage("2.0")
            .With("postinst", $"rm /build/result; {script}")
            .BuildAsync();

        var outcome = await RehearseAsync(package).WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System);

        outcome.Fault.ShouldBeNull();
        outcome.Summary.ShouldStartWith("not rehearsed: the rehearsal itself ended with ");
    }

    [Fact]
    public async Task A_script_that_kills_the_rehearsal_is_a_fault()
    {
        using var package = await new ScriptedPackage("2.0").With("postinst", "kill -9 -1").BuildAsync();

        var fault = (await RehearseAsync(package)).Fault.ShouldNotBeNull();

        fault.Code.ShouldBe("rehearsal-failed");
        fault.Message.ShouldContain("was killed when it was to be installed");
    }

    [Fact]
    public async Task A_version_before_that_kills_the_rehearsal_is_not_this_ones_fault()
    {
        using var before = await new ScriptedPackage("1.0").With("postinst", "kill -9 -1").BuildAsync();
        using var next = await new ScriptedPackage("2.0").BuildAsync();
        await RunsAsync("1.0", before);

        var outcome = await RehearseAsync(next);

        outcome.Fault.ShouldBeNull();
        outcome.Summary.ShouldBe("not rehearsed: the rehearsal itself ended with 137");
    }

    [Fact]
    public async Task A_system_of_another_owner_stops_no_release_and_doctor_says_so()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may give a directory to another user.");
        var system = Path.Combine(Path.GetDirectoryName(await SystemAsync())!, $"foreign-{Guid.NewGuid():N}");
        try
        {
            await ProcessRunner.OutputOfAsync("cp", ["--archive", "--link", await SystemAsync(), system]);
            await ProcessRunner.OutputOfAsync("chown", ["0:0", Path.Combine(system, "var/lib/dpkg")]);
            await using var host = await PackagerHost.StartAsync(
                "--packager:rehearsal:mode=on",
                $"--packager:rehearsal:system={system}"
            );
            using var package = await new ScriptedPackage("2.0").BuildAsync();

            var outcome = await RehearseAsync(package, host);

            outcome.Fault.ShouldBeNull();
            outcome.Summary.ShouldStartWith("not rehearsed: the system to do it in lacks the right owner");
            var check = await CheckAsync(host);
            check.Status.ShouldBe(HealthStatus.Degraded);
            check.Description!.ShouldContain("belongs to another user");
        }
        finally
        {
            Directory.Delete(system, recursive: true);
        }
    }

    [Fact]
    public async Task A_release_is_stopped_by_a_fault_and_its_log_has_the_output()
    {
        using var repository = await GitRepository.CreateAsync(name: "shop");
        repository.WithConventionScripts().WithScript("script/post-inst", "echo this host is wrong; exit 7");
        var command = _host.Command(repository, await repository.CommitAsync());

        var failed = (await _host.PackageAsync(command)).ShouldBeOfType<PackagingFailed>();

        failed.Failure.Code.ShouldBe("rehearsal-failed");
        failed.Failure.Message.ShouldContain("this host is wrong");
        _host.Uploads.ShouldBeEmpty();
        _host.Logs[(command.ReleaseId, "package")].ShouldContain("  this host is wrong\n");
        Directory.GetFileSystemEntries(_host.WorkspacesPath).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_release_says_how_its_rehearsal_went()
    {
        using var repository = await GitRepository.CreateAsync(name: "shop");
        repository.WithConventionScripts().WithScript("script/post-inst", "echo fine");
        var command = _host.Command(repository, await repository.CommitAsync());

        var built = (await _host.PackageAsync(command)).ShouldBeOfType<PackageBuilt>();

        built.Rehearsal.ShouldNotBeNull().ShouldMatch(@"^rehearsed in \d+\.\d s: installed and purged$");
        _host.Logs[(command.ReleaseId, "package")].ShouldContain("Rehearsal: rehearsed in ");
    }

    [Theory]
    [InlineData("auto", null, HealthStatus.Healthy)]
    [InlineData("on", "not rehearsed: there is no system to do it in", HealthStatus.Degraded)]
    [InlineData("off", null, HealthStatus.Healthy)]
    public async Task Without_a_system_a_release_goes_on(string mode, string? summary, HealthStatus status)
    {
        await using var host = await PackagerHost.StartAsync($"--packager:rehearsal:mode={mode}");
        using var package = await new ScriptedPackage("2.0").With("postinst", "exit 1").BuildAsync();

        var outcome = await Rehearsal(host).RunAsync(package.Rehearsed, _scratch.Path, CancellationToken.None);

        if (summary is null)
        {
            outcome.ShouldBeNull();
        }
        else
        {
            outcome.ShouldNotBeNull().Fault.ShouldBeNull();
            outcome.Summary.ShouldStartWith(summary);
        }

        (await CheckAsync(host)).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Doctor_says_that_packages_are_rehearsed()
    {
        var check = await CheckAsync(_host);

        check.Status.ShouldBe(HealthStatus.Healthy, check.Description);
        check.Description!.ShouldContain("bookworm");
    }

    [Fact]
    public async Task No_system_is_made_where_others_than_root_may_write()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may make one.");
        await InstalledPackages.RequireAsync("debootstrap");
        var shared = Directory.CreateDirectory(_scratch.Combine("shared")).FullName;
        File.SetUnixFileMode(shared, File.GetUnixFileMode(shared) | UnixFileMode.GroupWrite);

        var refused = await ProcessRunner.RunAsync(
            SourceTree.PathOf("hosts", "prepare-rehearsal.sh"),
            [Path.Combine(shared, "system")]
        );

        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain($"others than root may write in {shared}");
        Directory.GetFileSystemEntries(shared).ShouldBeEmpty();
    }

    private static async Task<string> SystemAsync()
    {
        await InstalledPackages.RequireAsync("debootstrap");
        return (
            await ProcessRunner.OutputOfAsync(
                SourceTree.PathOf("tests", "packager", "Rehearsal", "system.sh"),
                [],
                timeLimit: TimeSpan.FromMinutes(15)
            )
        ).Trim();
    }

    private static async Task<PackagerHost> StartAsync(string setting) =>
        await PackagerHost.StartAsync($"--packager:rehearsal:system={await SystemAsync()}", setting);

    private static PackageRehearsal Rehearsal(PackagerHost host) =>
        host.Services.GetRequiredService<PackageRehearsal>();

    private static Task<HealthCheckResult> CheckAsync(PackagerHost host) =>
        ActivatorUtilities.CreateInstance<RehearsalCheck>(host.Services).CheckHealthAsync(new HealthCheckContext());

    private async Task RunsAsync(string version, ScriptedPackage package) =>
        _host.Running = (version, await File.ReadAllBytesAsync(package.File));

    private async Task<RehearsalOutcome> RehearseAsync(ScriptedPackage package, PackagerHost? host = null)
    {
        var outcome = await Rehearsal(host ?? _host).RunAsync(package.Rehearsed, _scratch.Path, CancellationToken.None);
        return outcome.ShouldNotBeNull();
    }
}
