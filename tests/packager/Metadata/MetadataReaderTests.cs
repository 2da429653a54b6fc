using Canary.Packager.Metadata;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;
using SourceTree = Canary.Packager.Source.SourceTree;

namespace Canary.Packager.Tests.Metadata;

public sealed class MetadataReaderTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Canary_yml_wins_over_fpm_json_and_the_defaults_come_last()
    {
        Read().Source.ShouldBe("defaults");

        _directory.WriteFile("fpm.json", """{"version": "1.0"}""");
        Read().Version.ShouldBe("1.0");

        _directory.WriteFile("canary.yml", "version: 2.0");
        Read().Version.ShouldBe("2.0");
        Read().Source.ShouldBe("canary.yml");
    }

    [Fact]
    public void The_post_installation_script_is_found_by_convention()
    {
        Read().Scripts.ShouldBeEmpty();

        _directory.WriteFile("script/post-install", "exit 0");
        Read().Scripts["postinst"].ShouldBe("script/post-install");

        _directory.WriteFile("script/post-inst", "exit 0");
        Read().Scripts["postinst"].ShouldBe("script/post-inst");

        _directory.WriteFile("canary.yml", "scripts: {post-install: deploy/after}");
        Read().Scripts["postinst"].ShouldBe("deploy/after");
    }

    [Fact]
    public void The_convention_holds_through_a_link_within_the_repository()
    {
        _directory.WriteFile("scripts/post-inst", "exit 0");
        File.CreateSymbolicLink(_directory.Combine("script"), "scripts");

        Read().Scripts["postinst"].ShouldBe("script/post-inst");
    }

    [Theory]
    [InlineData("canary.yaml")]
    [InlineData(".canary.yml")]
    public void A_misspelt_file_name_is_an_error(string name)
    {
        _directory.WriteFile(name, "version: 1.0");

        new Action(() => Read()).ShouldFail("metadata-misnamed", name, "canary.yml");
    }

    [Fact]
    public void Metadata_is_never_read_through_a_link_out_of_the_repository()
    {
        File.CreateSymbolicLink(_directory.Combine("canary.yml"), "/etc/passwd");

        new Action(() => Read()).ShouldFail("metadata-syntax", "canary.yml");
    }

    [Fact]
    public void A_directory_in_place_of_the_file_is_an_error()
    {
        _directory.CreateDirectory("canary.yml");

        new Action(() => Read()).ShouldFail("metadata-syntax", "canary.yml");
    }

    [Fact]
    public void Text_that_is_not_utf8_is_an_error()
    {
        File.WriteAllBytes(_directory.Combine("canary.yml"), [0x6e, 0x3a, 0x20, 0xff, 0xfe]);

        new Action(() => Read()).ShouldFail("metadata-syntax", "UTF-8");
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_text()
    {
        File.WriteAllBytes(_directory.Combine("canary.yml"), [0xef, 0xbb, 0xbf, .. "version: 3.0"u8]);

        Read().Version.ShouldBe("3.0");
    }

    [Fact]
    public void A_huge_file_is_an_error()
    {
        _directory.WriteFile("canary.yml", "# " + new string('x', 2 << 20));

        new Action(() => Read()).ShouldFail("file-too-large", "canary.yml");
    }

    private PackageMetadata Read() => MetadataReader.Read(SourceTree.Read(_directory.Path));
}
