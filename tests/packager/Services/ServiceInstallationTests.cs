using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Services;

/// <summary>Services where systemd does not run: what dpkg and the maintainer scripts leave in a root.</summary>
public sealed class ServiceInstallationTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private readonly DpkgRoot _root;

    private int _versions;

    public ServiceInstallationTests() => _root = new DpkgRoot(_directory);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Services_are_enabled_and_leave_nothing_but_their_user()
    {
        _directory.WriteFile("app/serve", "#!/bin/sh\n", executable: true);
        _directory.WriteFile("app/config/shop.env", "PORT=80\n");
        _directory.WriteFile(
            "app/script/post-inst",
            "#!/bin/sh\ngrep -q ^shop: \"$DPKG_ROOT/etc/passwd\"\nmkdir -p \"$DPKG_ROOT/var/lib/shop\"\n"
        );
        _directory.WriteFile(
            "app/canary.yml",
            """
            services:
              shop: {command: serve, environment-file: config/shop.env}
              clean: {command: serve, schedule: daily}
            """
        );
        _directory.WriteFile(
            "app/systemd/own.socket",
            "[Socket]\nListenStream=/run/x\n[Install]\nWantedBy=sockets.target\n"
        );
        _directory.WriteFile(
            "app/systemd/own@.service",
            "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=x.target\n"
        );
        await _root.InstallAsync(Pack());

        Enabled()
            .ShouldBe([
                "multi-user.target.wants/shop.service -> /usr/lib/systemd/system/shop.service",
                "sockets.target.wants/own.socket -> /usr/lib/systemd/system/own.socket",
                "timers.target.wants/shop-clean.timer -> /usr/lib/systemd/system/shop-clean.timer",
            ]);
        _root.Read("etc/passwd").ShouldContain(":/var/lib/shop:/usr/sbin/nologin");

        // The host's own configuration stays, what its administrator has disabled stays so, and a unit that goes is disabled.
        await File.WriteAllTextAsync(_root.PathOf("etc/default/shop"), "PORT=81\n");
        File.Delete(_root.PathOf("etc/systemd/system/sockets.target.wants/own.socket"));
        _directory.WriteFile("app/canary.yml", "services: {shop: {command: serve, environment-file: config/shop.env}}");
        await _root.InstallAsync(Pack());

        Enabled().ShouldHaveSingleItem().ShouldContain("shop.service");
        _root.Read("etc/default/shop").ShouldBe("PORT=81\n");

        // Another version without any.
        _directory.WriteFile("app/canary.yml", "units: false");
        await _root.InstallAsync(Pack());
        Enabled().ShouldBeEmpty();

        _directory.WriteFile("app/canary.yml", "units: false\nservices: {shop: {command: serve}}");
        await _root.InstallAsync(Pack());
        Enabled().ShouldHaveSingleItem();
        (await _root.DpkgAsync("--purge", "shop")).EnsureSuccess();

        _root.Tree("etc/systemd").Where(entry => !entry.EndsWith('/')).ShouldBeEmpty();
        _root.Tree("var/lib").Where(entry => entry.Contains("shop")).ShouldBeEmpty();
        _root.Tree("usr").ShouldBeEmpty();
        _root.Read("etc/passwd").ShouldContain("shop:");
    }

    [Fact]
    public async Task A_package_that_was_built_elsewhere_takes_over_what_it_brings_and_ends_the_rest()
    {
        _directory.WriteFile("app/serve", "#!/bin/sh\n", executable: true);
        _directory.WriteFile("app/canary.yml", "services: {shop: {command: serve}}");
        using var silent = await new ScriptedPackage("1.0").BuildAsync();
        using var older = await new ScriptedPackage("2.0")
            .WithFile("lib/systemd/system/shop.service", "[Service]\nExecStart=/bin/true\n")
            .WithFile("DEBIAN/md5sums", $"{new string('0', 32)}  lib/systemd/system/shop.service\n")
            .BuildAsync();

        await _root.InstallAsync(Pack());
        (await _root.DpkgAsync("--force-downgrade", "--install", silent.File)).EnsureSuccess();
        Enabled().ShouldBeEmpty();

        await _root.InstallAsync(Pack());
        (await _root.DpkgAsync("--force-downgrade", "--install", older.File)).EnsureSuccess();
        Enabled().ShouldHaveSingleItem();
    }

    [Fact]
    public void What_a_service_keeps_is_known_to_whoever_rehearses_its_package()
    {
        _directory.WriteFile("app/serve", "#!/bin/sh\n", executable: true);
        _directory.WriteFile(
            "app/canary.yml",
            "services: {shop: {command: serve, directories: [state, logs], keep-data: true}, own: {command: serve, user: other}}"
        );

        Packing.Plan(_directory.Combine("app")).KeptDirectories.ShouldBe(["/var/lib/shop", "/var/log/shop"]);
    }

    private IEnumerable<string> Enabled() =>
        _root.Tree("etc/systemd/system").Where(entry => entry.Contains("->", StringComparison.Ordinal));

    private BuiltPackage Pack() =>
        Packing.Pack(
            _directory.Combine("app"),
            _directory.Combine($"{++_versions}.deb"),
            commit: Packing.Commit with
            {
                CommittedAt = Packing.Commit.CommittedAt.AddMinutes(_versions),
            }
        );
}
