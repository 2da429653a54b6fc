using Canary.Contracts.Packaging;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Packager.Tests.Builders.Fpm;

/// <summary>Packages that FPM makes on build hosts: a real Consul that has them, and a real sshd on each.</summary>
public sealed class HostedFpmTests : IAsyncLifetime
{
    private readonly TempDirectory _keys = new();
    private readonly List<FpmMachine> _machines = [];
    private GitRepository _repository = null!;
    private ConsulServer _consul = null!;
    private PackagerHost? _host;

    private string KeyFile => _keys.Combine("id_ed25519");

    public async ValueTask InitializeAsync()
    {
        _consul = await ConsulServer.StartAsync();
        await ProcessRunner.OutputOfAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", KeyFile]);
        _repository = await GitRepository.CreateAsync(name: "shop");
        _repository
            .WithConventionScripts()
            .WithFile("README.md", "# Shop\n")
            .WithFile("a = b; $(touch x) 'q'", "odd\n")
            .WithFile(
                "canary.yml",
                "description: \"The 'shop' of $(id); `id`\\n\\nIt sells \\\"things\\\" & more.\"\npackage: {builder: fpm}\n"
            );
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        foreach (var machine in _machines)
        {
            await machine.DisposeAsync();
        }

        await _consul.DisposeAsync();
        _repository.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public async Task A_build_host_of_Consul_makes_the_package_and_keeps_nothing_of_it()
    {
        var machine = await AddAsync();

        var built = (await PackageAsync()).ShouldBeOfType<PackageBuilt>();

        _host!.Uploads.Keys.ShouldBe([built.Package.Sha256]);
        var arguments = machine.Fpm.CommandLines().ShouldHaveSingleItem();
        arguments.ShouldContain("The 'shop' of $(id); `id`\nIt sells \"things\" & more.");
        machine
            .Fpm.Environments()
            .ShouldHaveSingleItem()
            .Select(variable => variable.Split('=')[0])
            .ShouldBeSubsetOf(["HOME", "LC_ALL", "PATH", "PWD", "SHLVL", "SOURCE_DATE_EPOCH", "TMPDIR", "_", "OLDPWD"]);
        await Eventually.TrueAsync(() => !machine.Left.Any());
        _host.Logs.Single(entry => entry.Key.Stage == "package").Value.ShouldContain("FPM on build-1: fpm ");
    }

    [Fact]
    public async Task One_that_is_lost_on_the_way_ends_its_run_and_another_takes_its_place()
    {
        var machines = new[] { await AddAsync("build-1"), await AddAsync("build-2") };
        foreach (var machine in machines)
        {
            machine.Fpm.Behave("hang");
        }

        var command = await CommandAsync();
        await _host!.SendAsync(command);
        FpmMachine? first = null;
        await Eventually.TrueAsync(() =>
            (first = Array.Find(machines, machine => machine.Fpm.CommandLines().Count > 0)) is not null
        );
        var other = machines.Single(machine => machine != first);
        other.Fpm.Behave("");

        await first!.CutConnectionsAsync();

        (await _host.Outcomes.OfAsync(command.JobId)).ShouldBeOfType<PackageBuilt>();
        other.Fpm.CommandLines().Count.ShouldBe(1);
        await Eventually.TrueAsync(() => first.Fpm.Running().Count == 0 && !first.Left.Any());
    }

    [Theory]
    [InlineData("no-ar")]
    [InlineData("killed")]
    [InlineData("other-file")]
    [InlineData("far-more")]
    public async Task One_that_makes_no_package_or_another_one_costs_no_release(string behaviour)
    {
        var bad = await AddAsync("build-1");
        await AddAsync("build-2");
        bad.Fpm.Behave(behaviour);
        var command = await CommandAsync("--packager:fpm:rest=00:00:00");

        // Any of them may come first.
        while (bad.Fpm.CommandLines().Count == 0)
        {
            (await _host!.PackageAsync(command with { JobId = Guid.NewGuid() })).ShouldBeOfType<PackageBuilt>();
        }
    }

    [Fact]
    public async Task What_every_one_makes_wrong_fails_the_release_in_the_end()
    {
        var machine = await AddAsync();
        machine.Fpm.Behave("other-file");

        var failed = (
            await PackageAsync("--packager:fpm:rest=00:00:00", "--packager:fpm:patience=00:05:00")
        ).ShouldBeOfType<PackagingFailed>();

        failed.Failure.Code.ShouldBe("fpm-package-wrong");
        machine.Fpm.CommandLines().Count.ShouldBe(3);
    }

    [Fact]
    public async Task One_that_says_nothing_any_more_counts_as_lost()
    {
        var machine = await AddAsync();
        machine.Fpm.Behave("hang");
        var command = await CommandAsync("--packager:fpm:silence=00:00:04");
        await _host!.SendAsync(command);
        await Eventually.TrueAsync(() => machine.Fpm.CommandLines().Count > 0);

        await machine.FreezeAsync();

        var failed = (await _host.Outcomes.OfAsync(command.JobId)).ShouldBeOfType<PackagingFailed>();
        await machine.FreezeAsync(frozen: false);
        failed.Failure.Code.ShouldBe("fpm-host-lost");
        failed.Failure.Message.ShouldContain("build-1 was lost while FPM made a package there");
    }

    [Fact]
    public async Task A_release_that_is_cancelled_ends_it_there()
    {
        var machine = await AddAsync();
        machine.Fpm.Behave("hang");
        var command = await CommandAsync();
        await _host!.SendAsync(command);
        await Eventually.TrueAsync(() => machine.Fpm.CommandLines().Count > 0);

        await _host.SendAsync(new CancelPackage { JobId = command.JobId });

        await Eventually.TrueAsync(() => machine.Fpm.Running().Count == 0 && !machine.Left.Any());
    }

    [Fact]
    public async Task What_is_wrong_with_it_is_said_and_nothing_stays_there()
    {
        var machine = await AddAsync();
        var command = await CommandAsync("--packager:fpm:timelimit=00:00:02", "--packager:fpm:rest=00:00:00");
        foreach (
            var (behaviour, code, message) in new[]
            {
                ("fail", "fpm-failed", "FPM on build-1 made no package of the commit"),
                ("no-ar", "fpm-unavailable", "FPM cannot work on build-1"),
                ("killed", "fpm-unavailable", "something killed FPM (memory?)"),
                ("other-file", "fpm-package-wrong", "/opt/planted was not planned"),
                ("far-more", "fpm-package-wrong", "FPM on build-1 made far more than was planned"),
                ("hang", "fpm-timeout", "FPM on build-1 did not end in time"),
            }
        )
        {
            machine.Fpm.Behave(behaviour);

            var failed = (
                await _host!.PackageAsync(command with { JobId = Guid.NewGuid() })
            ).ShouldBeOfType<PackagingFailed>();

            failed.Failure.Code.ShouldBe(code);
            failed.Failure.Message.ShouldContain(message);
            await Eventually.TrueAsync(() => machine.Fpm.Running().Count == 0 && !machine.Left.Any());
        }
    }

    [Fact]
    public async Task One_that_lacks_it_is_left_out_and_said_why()
    {
        var machine = await AddAsync();
        File.Delete(machine.Fpm.Program);
        // More than goes into the windows of a connection.
        _repository.WithFile("data", new string('x', 8 << 20));

        var failed = (await PackageAsync()).ShouldBeOfType<PackagingFailed>();

        failed.Failure.Code.ShouldBe("fpm-unavailable");
        failed.Failure.Message.ShouldContain($"build-1: canary-fpm: this machine has no {machine.Fpm.Program}");
    }

    [Fact]
    public async Task One_that_cannot_be_trusted_gets_nothing()
    {
        var machine = await AddAsync(fingerprint: "SHA256:" + new string('k', 43));

        var failed = (await PackageAsync()).ShouldBeOfType<PackagingFailed>();

        failed.Failure.Code.ShouldBe("host-key-changed");
        machine.Fpm.CommandLines().ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_one_the_release_fails_and_says_how_to_add_one()
    {
        var failed = (await PackageAsync("--packager:fpm:tag=fpm")).ShouldBeOfType<PackagingFailed>();

        failed.Failure.Code.ShouldBe("fpm-unavailable");
        failed.Failure.Message.ShouldContain("There is no build host with FPM that can be used");
        failed.Failure.Remedy.ShouldContain("hosts/install-fpm-host.sh");
        failed.Failure.Remedy.ShouldContain("with the tag fpm");
    }

    [Fact]
    public async Task The_doctor_logs_in_to_each()
    {
        await AddAsync("build-1");
        var closed = await AddAsync("build-2");
        closed.LetNobodyIn();
        await CommandAsync();

        var entry = await DoctorAsync();
        entry.Status.ShouldBe(HealthStatus.Healthy);
        entry.Description.ShouldNotBeNull().ShouldContain("FPM runs on build-1 (FPM 1.");
        entry.Description.ShouldContain("build-2");

        await _consul.DeregisterAsync("build-1");
        (await DoctorAsync()).Status.ShouldBe(HealthStatus.Unhealthy);
    }

    private async Task<FpmMachine> AddAsync(string name = "build-1", string? fingerprint = null)
    {
        var machine = await FpmMachine.StartAsync(
            _consul,
            await File.ReadAllTextAsync(KeyFile + ".pub"),
            name,
            fingerprint
        );
        _machines.Add(machine);
        return machine;
    }

    private async Task<BuildPackage> CommandAsync(params string[] settings)
    {
        _host = await PackagerHost.StartAsync([
            "--packager:fpm:kind=consul",
            $"--hosting:consul:addresses:0={_consul.Address}",
            $"--packager:fpm:ssh:user={Environment.UserName}",
            $"--packager:fpm:ssh:keyfile={KeyFile}",
            "--packager:fpm:patience=00:00:00",
            .. settings,
        ]);
        return _host.Command(_repository, await _repository.CommitAsync());
    }

    private async Task<object> PackageAsync(params string[] settings)
    {
        var command = await CommandAsync(settings);
        return await _host!.PackageAsync(command);
    }

    private async Task<HealthReportEntry> DoctorAsync() =>
        (
            await _host!
                .Services.GetRequiredService<HealthCheckService>()
                .CheckHealthAsync(check => check.Name == "fpm")
        ).Entries["fpm"];
}
