using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts.Packaging;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Packager.Tests.Builders.Fpm;

/// <summary>Packages that FPM makes on the packager's machine, from the commit to the publisher.</summary>
public sealed class FpmBuilderTests : IAsyncLifetime
{
    /// <summary>What there is to say about a package, with characters that a shell or FPM could take for more.</summary>
    private const string Everything = """
        version: 1:2.0.0-rc.1
        description: |
          The "shop" of $(id)
          It sells things; `all` of them.

            as it is
        maintainer: Ada Author <ada@example.org>
        license: MIT
        homepage: https://example.org/shop?a=1&b=2
        section: web
        multi-arch: foreign
        pre-depends: [dpkg (>= 1.17)]
        depends: [nginx (>= 1.18) | apache2, 'libc6 (<< 99)']
        recommends: [curl]
        suggests: [wget]
        enhances: [nginx]
        breaks: [oldshop (<< 2)]
        conflicts: [badshop]
        replaces: [oldshop (<< 2)]
        provides: [web-shop (= 2.0)]
        conffiles: [config/shop.ini]
        compression: xz
        files:
          - {from: config/shop.ini, to: /etc/shop/main.ini, conffile: true}
          - {from: config/shop.ini, to: /etc/shop/plain.ini, conffile: false}
          - {from: script/cibuild, to: /usr/bin/shop, mode: "0750"}
          - {to: /var/lib/shop, type: directory, mode: "0770"}
          - {from: /opt/shop/README.md, to: /usr/share/shop/README, type: link}
        triggers: [interest-noawait /usr/share/shop, activate-await shop-changed]
        scripts: {post-remove: script/gone}
        package: {builder: fpm}
        """;

    private readonly FpmStandIn _fpm = new();
    private GitRepository _repository = null!;
    private PackagerHost? _host;

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync(name: "shop");
        _repository
            .WithConventionScripts()
            .WithFile("README.md", "# Shop\n")
            .WithFile("config/shop.ini", "open=yes\n")
            .WithFile("a = b; $(touch x) 'q'", "odd\n")
            .WithLink("run", "script/cibuild")
            .WithScript("script/gone", "exit 0")
            .WithScript("script/post-inst", "echo \"hello $(id -u)\"");
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _repository.Dispose();
        _fpm.Dispose();
    }

    [Fact]
    public async Task The_package_is_the_one_that_the_native_builder_makes()
    {
        _repository.WithFile("canary.yml", Everything);
        var commit = await _repository.CommitAsync();
        var command = await CommandAsync(commit);
        var made = (await _host!.PackageAsync(command)).ShouldBeOfType<PackageBuilt>();
        _repository.WithFile("canary.yml", Everything.Replace("builder: fpm", "builder: native"));
        await using var other = await PackagerHost.StartAsync();
        var native = (
            await other.PackageAsync(other.Command(_repository, await _repository.CommitAsync()))
        ).ShouldBeOfType<PackageBuilt>();

        using var directory = new TempDirectory();
        var ours = await UnpackedAsync(directory, "native", other.Uploads[native.Package.Sha256]);
        var theirs = await UnpackedAsync(directory, "fpm", _host.Uploads[made.Package.Sha256]);

        // The two commits differ by their ids and by their canary.yml.
        Comparable(theirs).ShouldBe(Comparable(ours));
        made.Package.Version.ShouldStartWith("1:2.0.0~rc.1-");
        made.Package.Architecture.ShouldBe("all");
        made.Plan.ShouldBe(native.Plan);

        IEnumerable<string> Comparable(IEnumerable<string> lines) =>
            lines
                .Select(line => line.Replace(commit, "COMMIT").Replace(native.Package.Version, "V"))
                .Select(line => line.Replace(made.Package.Version, "V"))
                // FPM has no word for what happens without one.
                .Select(line => line.Replace("activate-await", "activate"))
                .Where(line =>
                    !line.StartsWith("License:", StringComparison.Ordinal)
                    && !line.Contains("changelog", StringComparison.Ordinal)
                    && !line.Contains("canary.yml", StringComparison.Ordinal)
                    && !line.Contains("Built by Canary", StringComparison.Ordinal)
                );
    }

    [Fact]
    public async Task What_belongs_to_somebody_else_is_handed_over_on_the_host()
    {
        _repository.WithFile(
            "canary.yml",
            "package: {builder: fpm}\nfiles: [{to: /var/lib/shop, type: directory, owner: www-data, mode: \"0750\"}]\n"
        );
        var built = await PackageAsync();

        using var directory = new TempDirectory();
        var lines = await UnpackedAsync(directory, "fpm", _host!.Uploads[built.Package.Sha256]);

        lines.ShouldContain("drwxr-x--- root/root ./var/lib/shop/");
        lines.ShouldContain(line => line.Contains("'www-data:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_option_is_an_argument_of_its_own()
    {
        _repository.WithFile("canary.yml", Everything);
        await PackageAsync();

        var arguments = _fpm.CommandLines().ShouldHaveSingleItem();

        arguments.ShouldContain("The \"shop\" of $(id)\nIt sells things; `all` of them.\n\n  as it is");
        Value("--version").ShouldBe(["2.0.0~rc.1"]);
        Value("--epoch").ShouldBe(["1"]);
        Value("--depends").ShouldBe(["nginx (>= 1.18) | apache2", "libc6 (<< 99)"]);
        Value("--deb-field")
            .ShouldBe(["Multi-Arch: foreign", "Enhances: nginx", "Breaks: oldshop (<< 2)"], ignoreOrder: true);
        Value("--config-files").ShouldBe(["/etc/shop/main.ini", "/opt/shop/config/shop.ini"]);
        Value("--deb-interest-noawait").ShouldBe(["/usr/share/shop"]);
        Value("--deb-activate").ShouldBe(["shop-changed"]);
        Value("--deb-compression").ShouldBe(["xz"]);
        var time = (await _repository.GitAsync("log", "-1", "--format=%ct")).Trim();
        Value("--source-date-epoch-default").ShouldBe([time]);
        _fpm.Environments().ShouldHaveSingleItem().ShouldContain($"SOURCE_DATE_EPOCH={time}");

        IEnumerable<string> Value(string option) =>
            arguments
                .Select((argument, index) => (argument, index))
                .Where(x => x.argument == option)
                .Select(x => arguments[x.index + 1]);
    }

    [Fact]
    public async Task Every_option_stands_in_the_documentation()
    {
        _repository.WithFile("canary.yml", Everything);
        await PackageAsync();
        var page = await File.ReadAllTextAsync(SourceTree.PathOf("docs", "fpm.md"));

        _fpm.CommandLines()
            .Single()
            .Where(argument => argument.StartsWith("--", StringComparison.Ordinal))
            .Where(option => !page.Contains($"`{option}`", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Options_of_fpm_json_are_handed_on_and_those_that_run_something_are_not()
    {
        _repository.WithFile(
            "fpm.json",
            """
            {
              "version": "3.1", "description": "The shop", "license": "MIT", "vendor": "Acme & Sons", "deb-priority": "extra",
              "deb_field": ["Bugs: mailto:bugs@example.org"], "deb-compression": "zst",
              "template-scripts": true, "fpm-options-file": "/etc/passwd", "before-upgrade": "x"
            }
            """
        );
        _repository.WithFile(".fpm", "--vendor Evil\n");
        var built = await PackageAsync("--packager:builder=fpm");

        var arguments = _fpm.CommandLines().ShouldHaveSingleItem();
        var said = string.Join(' ', arguments);
        said.ShouldContain("--vendor Acme & Sons");
        said.ShouldContain("--deb-priority extra");
        said.ShouldContain("--deb-field Bugs: mailto:bugs@example.org");
        said.ShouldContain("--deb-compression zst");
        said.ShouldNotContain("template");
        said.ShouldNotContain("/etc/passwd");
        said.ShouldNotContain("Evil");
        var log = _host!.Logs.Single(entry => entry.Key.Stage == "package").Value;
        log.ShouldContain("mean nothing here: template-scripts, fpm-options-file, before-upgrade\n");
        log.ShouldContain("FPM on this machine: fpm --input-type dir --output-type deb");
        (await FieldAsync(built, "Priority")).ShouldBe("extra");
        (await FieldAsync(built, "Bugs")).ShouldBe("mailto:bugs@example.org");
    }

    [Theory]
    [InlineData("""{"deb-field": "Essential: yes"}""", "is a field that is set otherwise")]
    [InlineData("""{"deb-field": "Bugs: a\nEssential: yes"}""", "is no field")]
    [InlineData("""{"deb-compression": "bzip2"}""", "gz, xz, zst, none")]
    [InlineData("""{"deb-priority": "high"}""", "is not one of the choices")]
    public async Task An_option_of_fpm_json_that_would_make_another_package_is_refused(string json, string fault)
    {
        _repository.WithFile("fpm.json", json);

        var failed = await FailAsync("--packager:builder=fpm");

        failed.Failure.Code.ShouldBe("metadata-value-invalid");
        (failed.Failure.Message + failed.Failure.Remedy).ShouldContain(fault);
        _fpm.CommandLines().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_commit_gives_the_same_bytes_again()
    {
        _repository.WithFile("canary.yml", Everything);
        var first = await PackageAsync();

        var second = await _host!.PackageAsync(_host.Command(_repository, await HeadAsync()));

        second.ShouldBeOfType<PackageBuilt>().Package.ShouldBe(first.Package);
    }

    [Theory]
    [InlineData("fail", "fpm-failed", "made no package of the commit", "the version looks invalid")]
    [InlineData("no-ar", "fpm-unavailable", "which is no fault of the commit", "Need executable 'ar'")]
    [InlineData("old", "fpm-unavailable", "which is no fault of the commit", "Unrecognised option")]
    [InlineData("killed", "fpm-unavailable", "which is no fault of the commit", "something killed FPM (memory?)")]
    [InlineData("other-version", "fpm-package-wrong", "its Version is", "+other")]
    [InlineData("other-file", "fpm-package-wrong", "/opt/planted was not planned", "")]
    [InlineData("other-contents", "fpm-package-wrong", "/opt/shop/README.md has other contents", "")]
    [InlineData("other-mode", "fpm-package-wrong", "/opt/shop/script/cibuild has the mode 4755, not 755", "")]
    [InlineData("other-owner", "fpm-package-wrong", "belongs to 0:0 (daemon:root), not to root", "")]
    [InlineData("other-time", "fpm-package-wrong", "/opt/shop/README.md has the time", "not the commit's")]
    [InlineData("other-sums", "fpm-package-wrong", "its md5sums say something else of /", "")]
    [InlineData("more-sums", "fpm-package-wrong", "its md5sums say 00000000000000000000000000000000  etc/passwd", "")]
    [InlineData("no-sums", "fpm-package-wrong", "its md5sums say something else of /", "")]
    [InlineData("other-script", "fpm-package-wrong", "its script postinst is another one", "")]
    [InlineData("no-package", "fpm-package-wrong", "dpkg-deb cannot read it: dpkg-deb: error: ", "")]
    public async Task What_is_wrong_with_it_is_said_and_whose_fault_it_is(
        string behaviour,
        string code,
        string message,
        string quoted
    )
    {
        _fpm.Behave(behaviour);

        var failed = await FailAsync("--packager:builder=fpm");

        failed.Failure.Code.ShouldBe(code);
        failed.Failure.Message.ShouldContain(message);
        failed.Failure.Message.ShouldContain(quoted);
        _host!.Uploads.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_changelog_that_unpacks_to_more_than_a_text_has_is_refused()
    {
        using var bomb = new MemoryStream();
        await using (var gzip = new GZipStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[(1 << 20) + 1]);
        }

        _repository
            .WithFile("bomb.gz", bomb.ToArray())
            .WithFile("canary.yml", "files: [{from: bomb.gz, to: /usr/share/doc/shop/changelog.Debian.gz}]\n");

        var failed = await FailAsync("--packager:builder=fpm");

        failed.Failure.Code.ShouldBe("fpm-failed");
        failed.Failure.Message.ShouldContain("FPM writes /usr/share/doc/shop/changelog.Debian.gz itself");
        _fpm.CommandLines().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_value_that_is_longer_than_an_argument_may_be_is_refused_before_it_is_run()
    {
        var lines = string.Concat(Enumerable.Repeat($"  {new string('x', 70)}\n", 2000));
        _repository.WithFile("canary.yml", $"description: |\n  The shop\n{lines}");

        var failed = await FailAsync("--packager:builder=fpm");

        failed.Failure.Code.ShouldBe("fpm-failed");
        failed.Failure.Message.ShouldContain("FPM cannot be told of this package");
        failed.Failure.Remedy.ShouldContain("builder: native");
        _fpm.CommandLines().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_ended()
    {
        _fpm.Behave("hang");

        var failed = await FailAsync("--packager:builder=fpm", "--packager:fpm:timelimit=00:00:01");

        failed.Failure.Code.ShouldBe("fpm-timeout");
        _fpm.Running().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_release_that_is_cancelled_ends_it()
    {
        _fpm.Behave("hang");
        var command = await CommandAsync(await _repository.CommitAsync(), "--packager:builder=fpm");
        await _host!.SendAsync(command);
        await Eventually.TrueAsync(() => _fpm.CommandLines().Count > 0);

        await _host.SendAsync(new CancelPackage { JobId = command.JobId });

        await Eventually.TrueAsync(() => _fpm.Running().Count == 0);
        await Eventually.TrueAsync(() =>
            !Directory.Exists(_host.WorkspacesPath) || !Directory.EnumerateFileSystemEntries(_host.WorkspacesPath).Any()
        );
    }

    [Fact]
    public async Task Where_it_is_not_set_up_a_check_says_so_before_anything_is_built()
    {
        _repository.WithFile("canary.yml", "package: {builder: fpm}\n");
        _host = await PackagerHost.StartAsync();

        var failed = (
            await _host.PackageAsync(_host.Command(_repository, await _repository.CommitAsync()))
        ).ShouldBeOfType<PackagingFailed>();
        using var http = _host.Http;
        using var answer = await http.PostAsJsonAsync(
            "internal/check",
            new
            {
                application = "shop",
                files = new[] { "script/cisetup", "script/cibuild", "canary.yml" },
                metadata = new Dictionary<string, string> { ["canary.yml"] = "package: {builder: fpm}\n" },
            }
        );

        failed.Failure.Code.ShouldBe("fpm-unavailable");
        failed.Failure.Remedy.ShouldContain("packager.fpm.kind");
        var checkedNow = await answer.Content.ReadFromJsonAsync<JsonElement>();
        checkedNow.GetProperty("faults")[0].GetProperty("code").GetString().ShouldBe("fpm-unavailable");
    }

    [Fact]
    public async Task The_doctor_says_whether_it_runs()
    {
        _host = await PackagerHost.StartAsync("--packager:fpm:kind=local", $"--packager:fpm:program={_fpm.Program}");
        await using var without = await PackagerHost.StartAsync(
            "--packager:fpm:kind=local",
            "--packager:fpm:program=no-such-fpm"
        );

        var well = await DoctorAsync(_host);
        var ill = await DoctorAsync(without);

        well.Status.ShouldBe(HealthStatus.Healthy);
        well.Description.ShouldNotBeNull().ShouldStartWith("FPM 1.");
        ill.Status.ShouldBe(HealthStatus.Unhealthy);
        ill.Description.ShouldNotBeNull().ShouldContain("FPM does not run on this machine");

        static async Task<HealthReportEntry> DoctorAsync(PackagerHost host) =>
            (
                await host
                    .Services.GetRequiredService<HealthCheckService>()
                    .CheckHealthAsync(check => check.Name == "fpm")
            ).Entries["fpm"];
    }

    private async Task<BuildPackage> CommandAsync(string commit, params string[] settings)
    {
        _host ??= await PackagerHost.StartAsync([
            "--packager:fpm:kind=local",
            $"--packager:fpm:program={_fpm.Program}",
            .. settings,
        ]);
        return _host.Command(_repository, commit);
    }

    private async Task<PackageBuilt> PackageAsync(params string[] settings)
    {
        var command = await CommandAsync(await _repository.CommitAsync(), settings);
        return (await _host!.PackageAsync(command)).ShouldBeOfType<PackageBuilt>();
    }

    private async Task<PackagingFailed> FailAsync(params string[] settings)
    {
        var command = await CommandAsync(await _repository.CommitAsync(), settings);
        return (await _host!.PackageAsync(command)).ShouldBeOfType<PackagingFailed>();
    }

    private async Task<string> HeadAsync() => (await _repository.GitAsync("rev-parse", "HEAD")).Trim();

    private async Task<string> FieldAsync(PackageBuilt built, string field)
    {
        using var directory = new TempDirectory();
        var file = directory.Combine("shop.deb");
        await File.WriteAllBytesAsync(file, _host!.Uploads[built.Package.Sha256]);
        return (await ProcessRunner.OutputOfAsync("dpkg-deb", ["--field", file, field])).TrimEnd('\n');
    }

    /// <summary>All there is to see of a package: fields, control files and contents.</summary>
    private static async Task<IReadOnlyList<string>> UnpackedAsync(TempDirectory directory, string name, byte[] package)
    {
        var file = directory.Combine($"{name}.deb");
        await File.WriteAllBytesAsync(file, package);
        var root = directory.Combine(name);
        await ProcessRunner.OutputOfAsync("dpkg-deb", ["--raw-extract", file, root]);
        var control = Directory
            .EnumerateFiles(Path.Combine(root, "DEBIAN"))
            .Where(path => Path.GetFileName(path) != "md5sums")
            .SelectMany(path =>
                File.ReadAllLines(path)
                    .Where(line => line.Length > 0)
                    .Select(line => $"{Path.GetFileName(path)}: {line}")
            )
            .Select(line => line.Replace("control: ", ""));
        var contents = await ProcessRunner.OutputOfAsync("dpkg-deb", ["--contents", file]);
        var sums = Directory
            .EnumerateFiles(Path.Combine(root, "opt"), "*", SearchOption.AllDirectories)
            .Select(path => $"{Path.GetRelativePath(root, path)}: {File.ReadAllText(path)}");
        return
        [
            .. control.Concat(sums).Order(StringComparer.Ordinal),
            .. contents.Split('\n').Select(Listed).Order(StringComparer.Ordinal),
        ];

        // Without size and time, which the two documents have of their own; the archive need not name the user of id 0.
        static string Listed(string line)
        {
            var words = line.Replace(" 0/0 ", " root/root ").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words.Length < 6 ? line : $"{words[0]} {words[1]} {string.Join(' ', words[5..])}";
        }
    }
}
