using System.Globalization;
using Canary.Packager.Metadata;
using Canary.Packager.Tests.Fixtures;

namespace Canary.Packager.Tests.Output;

public sealed class OutputKeysTests
{
    [Fact]
    public void All_keys_are_read()
    {
        var output = Read("package: { include: [\"dist/**\", app], only: true, foreign: \"**/prebuilds/**\" }").Output;

        output.Include.ShouldBe(["dist/**", "app"]);
        output.Only.ShouldBeTrue();
        output.Foreign.ShouldBe(["**/prebuilds/**"]);
    }

    [Theory]
    [InlineData("../x", "contains '..'")]
    [InlineData("/dist", "is an absolute path")]
    [InlineData("'!dist'", "begins with '!'")]
    [InlineData("''", "is empty")]
    public void A_pattern_of_something_else_is_refused_by_both_who_read_it(string pattern, string fault)
    {
        var text = $"package:\n  include: [{pattern}]\n";

        new Action(() => Read(text)).ShouldFail("metadata-value-invalid", "line 2", fault);
        BuildOutputSection.TryInclude(text).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("package: { include: [] }", "is empty")]
    [InlineData("package: { only: true }", "includes nothing")]
    [InlineData("package: { only: yes, include: [a] }", "neither true nor false")]
    [InlineData("package: [dist]", "group of keys")]
    public void What_makes_no_sense_is_refused(string text, string fault) =>
        new Action(() => Read(text)).ShouldFail("metadata-value-invalid", fault);

    [Theory]
    [InlineData("exclude: [{0}]")]
    [InlineData("package: {{ include: [{0}] }}")]
    [InlineData("package: {{ include: [a], foreign: [{0}] }}")]
    public void Patterns_have_a_limit_together(string form)
    {
        // A matcher of all of them takes some hundred megabytes.
        var patterns = string.Join(", ", Enumerable.Repeat(new string('a', 999), 21));
        var text = string.Format(CultureInfo.InvariantCulture, form, patterns);

        new Action(() => Read(text)).ShouldFail(
            "metadata-value-invalid",
            "has patterns of more than 20000 characters together"
        );
        BuildOutputSection.TryInclude(text).ShouldBe(text.Contains("foreign", StringComparison.Ordinal) ? ["a"] : []);
    }

    [Fact]
    public void Who_builds_reads_the_same_patterns()
    {
        BuildOutputSection.TryInclude("package: { include: [\"dist/**\", app] }").ShouldBe(["dist/**", "app"]);
        BuildOutputSection.TryInclude("package: { include: dist }").ShouldBe(["dist"]);
        BuildOutputSection.TryInclude("name: shop").ShouldBeEmpty();
        BuildOutputSection.TryInclude("{").ShouldBeEmpty();
    }

    private static PackageMetadata Read(string text) =>
        MetadataFaults.Together(() => MetadataKeys.ReadCanaryYml("canary.yml", YamlNodes.Parse("canary.yml", text)));
}
