using Canary.Packager.Metadata;
using Canary.Packager.Tests.Fixtures;

namespace Canary.Packager.Tests.Metadata;

public sealed class FpmJsonTests
{
    [Fact]
    public void The_keys_of_fpm_are_read()
    {
        var metadata = Read(
            """
            {
              "name": "shop", "version": "1.2", "description": "sells things",
              "maintainer": "Shop team <shop@example.org>", "license": "MIT", "url": "https://shop.example.org",
              "category": "web", "architecture": "noarch", "depends": ["python3", "adduser (>= 3)"],
              "after-install": "script/post", "config_files": ["etc/shop.ini"]
            }
            """
        );

        metadata.Name.ShouldBe("shop");
        metadata.Version.ShouldBe("1.2");
        metadata.Homepage.ShouldBe("https://shop.example.org");
        metadata.Section.ShouldBe("web");
        metadata.Architecture.ShouldBe("all");
        metadata.Depends.ShouldBe(["python3", "adduser (>= 3)"]);
        metadata.Scripts["postinst"].ShouldBe("script/post");
        metadata.Conffiles.ShouldBe(["etc/shop.ini"]);
    }

    [Fact]
    public void What_fpm_alone_understands_is_passed_over_and_named()
    {
        var metadata = Read("""{"version": "1.0", "vendor": "Acme", "rpm-user": {"a": [1]}, "maintainer": null}""");

        metadata.Version.ShouldBe("1.0");
        metadata.Maintainer.ShouldBeNull();
        metadata.IgnoredKeys.ShouldBe(["vendor", "rpm-user"]);
    }

    [Fact]
    public void A_version_written_as_a_number_keeps_its_digits() =>
        Read("""{"version": 1.10}""").Version.ShouldBe("1.10");

    [Theory]
    [InlineData("{", "fpm.json, line 1")]
    [InlineData("{\n\"version\": 1.0,,}", "fpm.json, line 2")]
    [InlineData("[]", "JSON object")]
    [InlineData("\"1.0\"", "JSON object")]
    [InlineData("""{"version": "1", "version": "2"}""", "fpm.json")]
    [InlineData("", "fpm.json")]
    public void What_is_no_json_object_is_an_error_that_names_the_place(string text, string named) =>
        new Action(() => Read(text)).ShouldFail("metadata-syntax", named);

    [Fact]
    public void A_bad_value_is_an_error() =>
        new Action(() => Read("""{"version": "v1.0"}""")).ShouldFail("package-version-invalid", "fpm.json", "`v1.0`");

    [Fact]
    public void An_epoch_has_digits_and_no_NUL_behind_them() =>
        new Action(() => Read("""{"version": "1\u0000:1.0"}""")).ShouldFail("package-version-invalid", "epoch");

    private static PackageMetadata Read(string text) =>
        MetadataFaults.Together(() => MetadataKeys.ReadFpmJson("fpm.json", JsonNodes.Parse("fpm.json", text)));
}
