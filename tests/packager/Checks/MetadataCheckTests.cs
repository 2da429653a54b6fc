using Canary.Files;
using Canary.Packager.Checks;
using Canary.Testing;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Tests.Checks;

/// <summary>What a check finds is what packaging would find, all at once.</summary>
public sealed class MetadataCheckTests : IDisposable
{
    private static readonly string[] Scripts = ["script/cisetup", "script/cibuild"];

    private readonly TempDirectory _data = new();

    [Fact]
    public void Nothing_is_wrong_with_a_repository_that_follows_the_conventions()
    {
        var answer = Check([], [.. Scripts, "script/post-inst", "lib/shop.rb"]);

        answer.Faults.ShouldBeEmpty();
        answer.Source.ShouldBe("defaults");
    }

    [Fact]
    public void Files_that_are_not_read_count_and_a_repository_without_any_is_told()
    {
        Check(new() { ["canary.yml"] = "exclude: ['**']" }, Scripts).Faults.ShouldBeEmpty();

        Check([], [])
            .Faults.Select(fault => fault.Code)
            .ShouldBe(["script-missing", "script-missing", "package-empty"]);
    }

    [Theory]
    [InlineData("a/../../../../outside")]
    [InlineData("a//../../../outside")]
    [InlineData("a/\0")]
    [InlineData("a/.git/config")]
    public void Paths_that_no_repository_has_are_told_and_written_nowhere(string path)
    {
        var outside = _data.CreateDirectory("packager");
        var before = Directory.GetFileSystemEntries(_data.Path, "*", SearchOption.AllDirectories);

        Check(new() { ["canary.yml"] = "files: [{from: a, to: /opt/x/y}]" }, [.. Scripts, path])
            .Faults.Select(fault => fault.Code)
            .ShouldContain("file-name-unsupported");

        Directory
            .GetFileSystemEntries(_data.Path, "*", SearchOption.AllDirectories)
            .ShouldBe([.. before, Path.Combine(outside, "checks")], ignoreOrder: true);
    }

    [Fact]
    public void What_services_name_must_be_there()
    {
        const string yml = """
            services:
              web: {command: serve, environment-file: config/web.env}
            units: {own.service: {enable: false}, other.timer: {start: false}}
            health: {units: true}
            """;

        Check(new() { ["canary.yml"] = yml }, [.. Scripts, "systemd/own.service"])
            .Faults.Select(fault => fault.Code)
            .ShouldBe(["conffile-missing", "unit-missing"]);
        Check(
            new() { ["canary.yml"] = yml },
            [.. Scripts, "systemd/own.service", "systemd/other.timer", "config/web.env"]
        )
            .Faults.ShouldBeEmpty();
    }

    [Fact]
    public void All_faults_of_a_canary_yml_are_told_with_their_lines()
    {
        var answer = Check(
            new()
            {
                ["canary.yml"] = """
                nmae: shop
                version: not a version
                depends: ['libc6 (>> ']
                health:
                  comand: [true]
                  timeout: soon
                rollout:
                  waves: [1, 25%]
                scripts:
                  post-install: script/missing
                conffiles: [config/missing.ini]
                """,
            },
            ["script/cisetup"]
        );

        answer
            .Faults.Select(fault => fault.Code)
            .ShouldBe([
                "script-missing",
                "metadata-unknown-key",
                "package-version-invalid",
                "metadata-value-invalid",
                "metadata-unknown-key",
                "metadata-value-invalid",
                "metadata-value-invalid",
                "maintainer-script-missing",
                "conffile-missing",
            ]);
        answer.Faults[1].Message.ShouldContain("canary.yml, line 1");
        answer.Faults[1].Remedy.ShouldContain("Did you mean `name`?");
        answer.Faults[5].Message.ShouldContain("line 6");
        answer.Faults[6].Message.ShouldContain("line 8");
        answer.Faults.ShouldAllBe(fault => fault.Remedy.Length > 0);
    }

    [Fact]
    public void Every_file_that_the_metadata_names_and_the_repository_lacks_is_told()
    {
        var answer = Check(
            new()
            {
                ["canary.yml"] = """
                scripts:
                  pre-install: script/pre
                  post-install: script/post
                conffiles: [config/a.ini, config/b.ini, config/c.ini]
                """,
            },
            [.. Scripts, "script/post", "config/b.ini"]
        );

        string.Join('\n', answer.Faults.Select(fault => fault.Message))
            .ShouldSatisfyAllConditions(
                said => said.ShouldContain("script/pre"),
                said => said.ShouldContain("config/a.ini"),
                said => said.ShouldContain("config/c.ini"),
                said => said.ShouldNotContain("script/post"),
                said => said.ShouldNotContain("config/b.ini")
            );
        answer.Faults.Count.ShouldBe(3);
    }

    [Fact]
    public void Files_to_place_count_where_the_commit_or_the_build_has_them()
    {
        var answer = Check(
            new()
            {
                ["canary.yml"] = """
                package: { include: ["dist/**"] }
                files:
                  - { from: etc/shop.ini, to: /etc/shop.ini }
                  - { from: man, to: /usr/share/shop/man }
                  - { from: dist, to: /usr/share/shop/dist }
                  - { from: gone, to: /usr/share/shop/gone }
                """,
            },
            [.. Scripts, "etc/shop.ini", "man/en/shop.1"]
        );

        var fault = answer.Faults.ShouldHaveSingleItem();
        fault.Code.ShouldBe("file-to-place-missing");
        fault.Message.ShouldContain("gone");
    }

    [Fact]
    public void Keys_of_an_fpm_json_that_nothing_reads_are_told()
    {
        var answer = Check(new() { ["fpm.json"] = """{"name": "shop", "rpm-os": "linux"}""" }, Scripts);

        answer.Faults.ShouldBeEmpty();
        answer.Source.ShouldBe("fpm.json");
        answer.Ignored.ShouldBe(["rpm-os"]);
    }

    [Theory]
    [InlineData("canary.yaml", "name: shop", "metadata-misnamed")]
    [InlineData("canary.yml", "name: [", "metadata-syntax")]
    [InlineData("canary.yml", "- name", "metadata-syntax")]
    public void A_file_that_cannot_be_read_is_told(string file, string text, string code) =>
        Check(new() { [file] = text }, Scripts).Faults.ShouldHaveSingleItem().Code.ShouldBe(code);

    [Fact]
    public void Names_of_files_lead_nowhere_and_nothing_stays()
    {
        Check(
            new() { ["../../escape"] = "", ["canary.yml"] = "conffiles: [../../etc/passwd]" },
            [.. Scripts, "../../etc/passwd"]
        )
            .Faults.Select(fault => fault.Code)
            .ShouldBe(["file-name-unsupported", "metadata-value-invalid"]);

        Directory
            .GetFileSystemEntries(_data.Path, "*", SearchOption.AllDirectories)
            .ShouldAllBe(path =>
                path.EndsWith("packager", StringComparison.Ordinal) || path.EndsWith("checks", StringComparison.Ordinal)
            );
    }

    public void Dispose() => _data.Dispose();

    private CheckAnswer Check(Dictionary<string, string> metadata, IReadOnlyList<string> files) =>
        new MetadataCheck(new DataDirectory(_data.Path), Options.Create(new PackagerOptions())).Check(
            new CheckRequest { Metadata = metadata, Files = files },
            TestContext.Current.CancellationToken
        );
}
