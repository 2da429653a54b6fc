using Canary.Contracts.Deploying;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests;

public sealed class PackagePlannerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("shop", "shop")]
    [InlineData("Shop_2", "shop-2")]
    [InlineData("Acme.Shop", "acme.shop")]
    [InlineData("--x--y--", "x--y")]
    public void The_name_comes_from_the_application(string application, string name)
    {
        _directory.WriteFile("a", "x");

        Packing.Plan(_directory.Path, application).Name.ShouldBe(name);
    }

    [Theory]
    [InlineData("店")]
    [InlineData("x")]
    [InlineData("../..")]
    public void An_application_whose_name_gives_no_package_name_is_an_error(string application)
    {
        _directory.WriteFile("a", "x");

        new Action(() => Packing.Plan(_directory.Path, application)).ShouldFail(
            "package-name-invalid",
            application,
            "canary.yml"
        );
    }

    [Fact]
    public void A_script_that_runs_before_the_first_host_is_part_of_the_plan_where_the_package_brings_it()
    {
        _directory.WriteFile("script/pre-deploy", "#!/bin/sh", executable: true);
        var package = Packing.Plan(_directory.Path, "shop");
        var metadata = new PackageMetadata { Source = "canary.yml", PreDeployTimeLimit = TimeSpan.FromHours(1) };

        PackagePlanner
            .PlanOf(metadata, package)
            .PreDeploy.ShouldBe(
                new PreDeployScript { Path = "/opt/shop/script/pre-deploy", TimeLimit = TimeSpan.FromHours(1) }
            );
        PackagePlanner.PlanOf(metadata, package with { Items = [] }).PreDeploy.ShouldBeNull();
    }

    [Fact]
    public async Task A_later_commit_has_a_higher_version()
    {
        _directory.WriteFile("a", "x");
        var later = Packing.Commit with
        {
            Id = "0000000000000000000000000000000000000000",
            CommittedAt = Packing.Commit.CommittedAt.AddSeconds(1),
        };

        var (first, second) = (
            Packing.Plan(_directory.Path).Version,
            Packing.Plan(_directory.Path, commit: later).Version
        );

        first.ShouldBe("0.0.0-1700000000.g0123456");
        (await ProcessRunner.RunAsync("dpkg", ["--compare-versions", first, "lt", second])).EnsureSuccess();
    }

    [Theory]
    [InlineData("2.0.0-rc.1", "2.0.0")]
    [InlineData("2.0.0-beta", "2.0.0")]
    [InlineData("2.0.0-beta", "2.0.0-rc.1")]
    [InlineData("1:2.0-alpha", "1:2.0")]
    [InlineData("1.0", "1.0-1")]
    public async Task A_pre_release_sorts_before_its_release(string lower, string higher)
    {
        _directory.WriteFile("a", "x");
        // The later commit has the lower version: its time must not decide.
        var (early, late) = (
            Packing.Commit,
            Packing.Commit with
            {
                CommittedAt = Packing.Commit.CommittedAt.AddDays(1),
            }
        );

        _directory.WriteFile("canary.yml", $"version: {lower}");
        var first = Packing.Plan(_directory.Path, commit: late).Version;
        _directory.WriteFile("canary.yml", $"version: {higher}");
        var second = Packing.Plan(_directory.Path, commit: early).Version;

        (await ProcessRunner.RunAsync("dpkg", ["--compare-versions", first, "lt", second])).EnsureSuccess();
    }

    [Fact]
    public void A_file_of_which_only_the_lfs_pointer_is_there_is_refused_by_name()
    {
        _directory.WriteFile(
            "model.bin",
            "version https://git-lfs.github.com/spec/v1\noid sha256:" + new string('7', 64) + "\nsize 1048576\n"
        );
        _directory.WriteFile("version.txt", "version https");

        new Action(() => Packing.Plan(_directory.Path)).ShouldFail(
            "lfs-content-missing",
            "model.bin",
            "exclude",
            "workspaces.large-files"
        );

        _directory.WriteFile("canary.yml", "exclude: ['*.bin']");
        Packing.Plan(_directory.Path).Items.ShouldNotContain(item => item.Path.EndsWith("model.bin"));
    }

    [Fact]
    public void A_submodule_without_its_files_is_refused_by_name()
    {
        _directory.CreateDirectory("vendor/lib");
        _directory.WriteFile("a", "a");

        new Action(() => Packing.Plan(_directory.Path)).ShouldFail(
            "submodule-content-missing",
            "vendor/lib",
            "exclude",
            "workspaces.submodules"
        );

        foreach (var pattern in (string[])["vendor", "vendor/", "vendor/**", "vendor/lib"])
        {
            _directory.WriteFile("canary.yml", $"exclude: ['{pattern}']");
            Packing.Plan(_directory.Path).Items.ShouldNotContain(item => item.Path.Contains("vendor"));
        }
    }

    [Fact]
    public void A_file_that_a_filter_would_have_changed_is_refused_by_name()
    {
        _directory.WriteFile("key", "encrypted");
        _directory.WriteFile("a", "a");
        new Action(() => Packing.Plan(_directory.Path, filtered: ["key"])).ShouldFail(
            "filter-unsupported",
            "key",
            "exclude",
            ".gitattributes"
        );

        _directory.WriteFile("canary.yml", "exclude: [key]");
        Packing.Plan(_directory.Path, filtered: ["key"]).Items.ShouldNotContain(item => item.Path.EndsWith("/key"));
    }

    [Fact]
    public void The_prefix_is_where_the_files_go()
    {
        _directory.WriteFile("canary.yml", "prefix: /srv/acme/shop\nexclude: [canary.yml]");
        _directory.WriteFile("a", "x");

        Paths()
            .ShouldBe([
                "srv",
                "srv/acme",
                "srv/acme/shop",
                "srv/acme/shop/a",
                "usr",
                "usr/share",
                "usr/share/doc",
                "usr/share/doc/shop",
                "usr/share/doc/shop/changelog.Debian.gz",
                "usr/share/doc/shop/copyright",
            ]);
    }

    [Fact]
    public void What_is_excluded_stays_out_and_takes_its_empty_directories_along()
    {
        _directory.WriteFile("canary.yml", "exclude: ['tests/**', '*.md', canary.yml]");
        _directory.WriteFile("tests/unit/a", "x");
        _directory.WriteFile("docs/b.md", "x");
        _directory.WriteFile("bin/c", "x");

        Paths().Where(path => path.StartsWith("opt/shop/")).ShouldBe(["opt/shop/bin", "opt/shop/bin/c"]);
    }

    [Fact]
    public void Files_that_are_left_out_may_still_be_maintainer_scripts()
    {
        _directory.WriteFile("canary.yml", "exclude: [script]");
        _directory.WriteFile("script/post-inst", "#!/bin/sh\n");

        var plan = Packing.Plan(_directory.Path);

        plan.Scripts.ShouldHaveSingleItem().Name.ShouldBe("postinst");
        plan.Items.ShouldNotContain(item => item.Path.Contains("post-inst"));
    }

    [Fact]
    public void A_commit_without_files_is_an_error() => Planning().ShouldFail("package-empty", "no files");

    [Fact]
    public void Excluding_everything_is_an_error()
    {
        _directory.WriteFile("canary.yml", "exclude: ['*']");

        Planning().ShouldFail("package-empty", "exclude");
    }

    [Theory]
    [InlineData("../../../etc/shadow")]
    [InlineData("/etc/shadow")]
    public void A_link_that_leaves_the_repository_is_an_error_that_names_it(string target)
    {
        _directory.WriteFile("a", "x");
        Directory.CreateDirectory(_directory.Combine("dir"));
        File.CreateSymbolicLink(_directory.Combine("dir/leak"), target);

        Planning().ShouldFail("link-leaves-tree", "dir/leak", target);
    }

    [Fact]
    public void A_link_that_leaves_may_be_excluded()
    {
        _directory.WriteFile("canary.yml", "exclude: [leak]");
        File.CreateSymbolicLink(_directory.Combine("leak"), "/etc/shadow");

        Paths().ShouldContain("opt/shop/canary.yml");
    }

    [Fact]
    public void A_line_break_in_a_name_is_an_error_as_dpkg_refuses_it()
    {
        _directory.WriteFile("two\nlines", "x");

        Planning().ShouldFail("file-name-unsupported", "two\\x0alines");
    }

    [Fact]
    public void A_maintainer_script_that_is_not_there_is_an_error()
    {
        _directory.WriteFile("canary.yml", "scripts: {pre-remove: script/gone}");

        Planning().ShouldFail("maintainer-script-missing", "script/gone", "canary.yml");
    }

    [Fact]
    public void A_maintainer_script_outside_the_repository_is_an_error()
    {
        _directory.WriteFile("canary.yml", "scripts: {pre-remove: evil}\nexclude: [evil]");
        File.CreateSymbolicLink(_directory.Combine("evil"), "/bin/sh");

        Planning().ShouldFail("maintainer-script-missing", "evil");
    }

    [Fact]
    public void A_maintainer_script_with_windows_line_ends_is_an_error()
    {
        _directory.WriteFile("script/post-inst", "#!/bin/sh\r\nexit 0\r\n");

        Planning().ShouldFail("maintainer-script-line-ends", "script/post-inst", "eol=lf");
    }

    [Fact]
    public void A_conffile_that_is_not_in_the_package_is_an_error()
    {
        _directory.WriteFile("canary.yml", "conffiles: [etc/shop.ini]");

        Planning().ShouldFail("conffile-missing", "etc/shop.ini");
    }

    [Fact]
    public async Task A_description_of_several_lines_is_folded()
    {
        _directory.WriteFile("app/canary.yml", "description: |\n  sells things\n\n  First line.\n\n  Third line.\n");
        var package = Packing.Pack(_directory.Combine("app"), _directory.Combine("shop.deb"));

        (await Packing.FieldAsync(package, "Description")).ShouldBe("sells things\n First line.\n .\n Third line.");
    }

    /// <summary>Longer than a field of an index should be.</summary>
    private const string LongName =
        "Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada";

    [Theory]
    [InlineData("Ada Author", "ada@example.org", "Ada Author <ada@example.org>")]
    [InlineData("Eve\nDepends: evil", "eve@example.org", "EveDepends: evil <eve@example.org>")]
    [InlineData("Eve <x>", "eve@example.org", "Eve x <eve@example.org>")]
    [InlineData("", "eve@example.org", "shop maintainers <shop@localhost>")]
    [InlineData("Eve", "no address", "shop maintainers <shop@localhost>")]
    [InlineData(LongName, "eve@example.org", "shop maintainers <shop@localhost>")]
    public void Without_a_maintainer_the_author_is_it(string name, string email, string maintainer)
    {
        _directory.WriteFile("a", "x");
        var commit = Packing.Commit with { AuthorName = name, AuthorEmail = email };

        Maintainer(commit, new PackagerOptions()).ShouldBe(maintainer);
        Maintainer(commit, new PackagerOptions { Maintainer = "Ops <ops@example.org>" })
            .ShouldBe("Ops <ops@example.org>");
    }

    [Fact]
    public void The_commits_compression_wins_over_the_packagers()
    {
        _directory.WriteFile("a", "x");
        var options = new PackagerOptions { Compression = Compression.Gzip };
        Packing.Plan(_directory.Path, options: options).Compression.ShouldBe(Compression.Gzip);

        _directory.WriteFile("canary.yml", "compression: xz");
        Packing.Plan(_directory.Path, options: options).Compression.ShouldBe(Compression.Xz);
    }

    [Fact]
    public void A_repository_that_brings_its_own_copyright_file_keeps_it()
    {
        _directory.WriteFile("canary.yml", "prefix: /usr/share/doc/shop");
        _directory.WriteFile("copyright", "mine");

        Packing.Plan(_directory.Path).Items.Single(item => item.Path.EndsWith("/copyright")).Source.ShouldNotBeNull();
    }

    private Action Planning() => () => Packing.Plan(_directory.Path);

    private IEnumerable<string> Paths() => Packing.Plan(_directory.Path).Items.Select(item => item.Path);

    private string Maintainer(CommitFacts commit, PackagerOptions options) =>
        Packing
            .Plan(_directory.Path, commit: commit, options: options)
            .Fields.Single(f => f.Name == "Maintainer")
            .Value;
}
