using Canary.Packager.Deb;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Deb;

/// <summary>Real dpkg on a private root: a whole simulated host in a directory.</summary>
public sealed class InstallationTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string App => _directory.Combine("app");

    private string Root => _directory.Combine("root");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_package_installs_upgrades_and_leaves_no_trace()
    {
        _directory.WriteFile("app/bin/run", "#!/bin/sh\necho one\n", executable: true);
        _directory.WriteFile("app/old file", "x");
        _directory.WriteFile(
            "app/script/post-inst",
            "#!/bin/sh\nset -e\necho \"post-inst $1 <$2>\" >> \"$DPKG_ROOT/log\"\n"
        );
        _directory.WriteFile(
            "app/canary.yml",
            """
            conffiles: [etc/shop.ini]
            scripts:
              pre-install: script/pre
              pre-remove: script/gone
              post-remove: script/gone
            """
        );
        _directory.WriteFile("app/script/pre", "#!/bin/sh\necho \"preinst $1\" >> \"$DPKG_ROOT/log\"\n");
        _directory.WriteFile(
            "app/script/gone",
            "#!/bin/sh\necho \"$DPKG_MAINTSCRIPT_NAME $1\" >> \"$DPKG_ROOT/log\"\n"
        );
        _directory.WriteFile("app/etc/shop.ini", "a=1\n");
        await InstallAsync(Packing.Pack(App, _directory.Combine("1.deb")));

        (await ProcessRunner.OutputOfAsync(Path.Combine(Root, "opt/shop/bin/run"), [])).ShouldBe("one\n");
        (await StatusAsync()).ShouldBe($"install ok installed 0.0.0{Packing.CommitSuffix}");
        (await DpkgAsync("--verify", "shop")).Output.ShouldBeEmpty();

        // Somebody changes the configuration; the next version does not, and drops a file.
        await File.WriteAllTextAsync(Path.Combine(Root, "opt/shop/etc/shop.ini"), "a=2\n");
        _directory.WriteFile("app/bin/run", "#!/bin/sh\necho two\n", executable: true);
        File.Delete(_directory.Combine("app/old file"));
        var later = Packing.Commit with { CommittedAt = Packing.Commit.CommittedAt.AddMinutes(1) };
        await InstallAsync(Packing.Pack(App, _directory.Combine("2.deb"), commit: later));

        (await ProcessRunner.OutputOfAsync(Path.Combine(Root, "opt/shop/bin/run"), [])).ShouldBe("two\n");
        (await File.ReadAllTextAsync(Path.Combine(Root, "opt/shop/etc/shop.ini"))).ShouldBe("a=2\n");
        File.Exists(Path.Combine(Root, "opt/shop/old file")).ShouldBeFalse();

        (await DpkgAsync("--purge", "shop")).EnsureSuccess();
        Directory.Exists(Path.Combine(Root, "opt/shop")).ShouldBeFalse();
        var log = (await File.ReadAllTextAsync(Path.Combine(Root, "log"))).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
        log.ShouldBe([
            "preinst install",
            "post-inst configure <>",
            "prerm upgrade",
            "preinst upgrade",
            "postrm upgrade",
            $"post-inst configure <0.0.0{Packing.CommitSuffix}>",
            "prerm remove",
            "postrm remove",
            "postrm purge",
        ]);
    }

    [Fact]
    public async Task Unusual_names_and_links_install()
    {
        _directory.WriteFile("app/-leading dash ☃", "x");
        _directory.WriteFile("app/dir with space/$(id)", "x");
        File.CreateSymbolicLink(_directory.Combine("app/current"), "dir with space");
        File.CreateSymbolicLink(_directory.Combine("app/dangling"), "made-later");
        await InstallAsync(Packing.Pack(App, _directory.Combine("1.deb")));

        File.ReadAllText(Path.Combine(Root, "opt/shop/current/$(id)")).ShouldBe("x");
        new FileInfo(Path.Combine(Root, "opt/shop/dangling")).LinkTarget.ShouldBe("made-later");
        (await DpkgAsync("--verify", "shop")).Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_script_without_an_interpreter_runs_in_the_shell()
    {
        _directory.WriteFile("app/script/post-install", "echo ran > \"$DPKG_ROOT/ran\"\n");
        await InstallAsync(Packing.Pack(App, _directory.Combine("1.deb")));

        File.ReadAllText(Path.Combine(Root, "ran")).ShouldBe("ran\n");
    }

    [Fact]
    public async Task A_failing_post_installation_script_fails_the_installation()
    {
        _directory.WriteFile("app/script/post-inst", "#!/bin/sh\nexit 3\n");
        Prepare();
        var package = Packing.Pack(App, _directory.Combine("1.deb"));

        (await DpkgAsync("--install", package.Path)).ExitCode.ShouldNotBe(0);
        (await StatusAsync()).ShouldStartWith("install ok half-configured");
    }

    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Xz)]
    [InlineData(Compression.None)]
    public async Task Every_compression_installs(Compression compression)
    {
        _directory.WriteFile("app/a", "x");
        await InstallAsync(
            Packing.Pack(App, _directory.Combine("1.deb"), options: new PackagerOptions { Compression = compression })
        );

        File.ReadAllText(Path.Combine(Root, "opt/shop/a")).ShouldBe("x");
    }

    private async Task InstallAsync(BuiltPackage package)
    {
        Prepare();
        (await DpkgAsync("--install", package.Path)).EnsureSuccess();
    }

    private void Prepare()
    {
        _directory.CreateDirectory("root/var/lib/dpkg/info");
        _directory.CreateDirectory("root/var/lib/dpkg/updates");
        _directory.CreateDirectory("root/var/log");
        if (!File.Exists(_directory.Combine("root/var/lib/dpkg/status")))
        {
            _directory.WriteFile("root/var/lib/dpkg/status", "");
        }
    }

    private async Task<string> StatusAsync() =>
        await ProcessRunner.OutputOfAsync(
            "dpkg-query",
            [$"--root={Root}", "--show", "--showformat=${Status} ${Version}", "shop"]
        );

    private Task<ToolResult> DpkgAsync(params string[] arguments) =>
        ProcessRunner.RunAsync(
            "dpkg",
            [
                $"--root={Root}",
                "--force-script-chrootless",
                "--force-not-root",
                "--force-confdef",
                "--force-confold",
                "--force-bad-path",
                .. arguments,
            ],
            environment: new Dictionary<string, string?> { ["LC_ALL"] = "C.UTF-8" }
        );
}
