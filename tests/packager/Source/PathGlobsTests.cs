namespace Canary.Packager.Tests.Source;

public sealed class PathGlobsTests
{
    [Theory]
    [InlineData("*.md", "README.md")]
    [InlineData("*.md", "docs/deep/page.md")]
    [InlineData("tests", "tests/unit/a")]
    [InlineData("tests", "sub/tests/a")]
    [InlineData("tests/", "tests/a")]
    [InlineData("/tests", "tests/a")]
    [InlineData("tests/**", "tests/a/b")]
    [InlineData("**/tests", "a/b/tests/c")]
    [InlineData("**/tests", "tests/c")]
    [InlineData("docs/**/*.png", "docs/a/b/c.png")]
    [InlineData("docs/**/*.png", "docs/c.png")]
    [InlineData("a?c", "abc")]
    [InlineData("[abc].txt", "b.txt")]
    [InlineData("[!abc].txt", "d.txt")]
    [InlineData("a.b(c)+$", "a.b(c)+$")]
    [InlineData("*", "line\nbreak")]
    public void It_matches(string glob, string path) => new PathGlobs([glob]).Matches(path).ShouldBeTrue();

    [Theory]
    [InlineData("*.md", "README.mdx")]
    [InlineData("tests/", "tests")]
    [InlineData("/tests", "sub/tests/a")]
    [InlineData("tests", "tests2/a")]
    [InlineData("docs/*.png", "docs/a/b.png")]
    [InlineData("a?c", "a/c")]
    [InlineData("[abc].txt", "d.txt")]
    [InlineData("a.c", "abc")]
    [InlineData("a.md", "a.md\n")]
    public void It_does_not_match(string glob, string path) => new PathGlobs([glob]).Matches(path).ShouldBeFalse();

    [Fact]
    public void A_pattern_made_to_take_for_ever_does_not() =>
        new PathGlobs([string.Concat(Enumerable.Repeat("*a", 50)) + "b"])
            .Matches(new string('a', 5_000))
            .ShouldBeFalse();
}
