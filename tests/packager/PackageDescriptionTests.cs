using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests;

public sealed class PackageDescriptionTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("sells\n\nFirst.\n\nSecond.", "sells\n First.\n .\n Second.")]
    [InlineData("sells\nFirst.\n.\nSecond.", "sells\n First.\n .\n Second.")]
    [InlineData("sells\nwritten for\n.NET 10 only", "sells\n written for .NET 10 only")]
    [InlineData("sells\n.NET 10 is needed", "sells\n  .NET 10 is needed")]
    [InlineData("sells\n...and more", "sells\n  ...and more")]
    [InlineData("sells\na\tb", "sells\n a b")]
    [InlineData("sells\tthings\nx", "sells things\n x")]
    [InlineData("sells\nas it is:\n  * one\n\ttwo", "sells\n as it is:\n   * one\n         two")]
    [InlineData("sells\nitems:\n- one\n- two", "sells\n items:\n - one\n - two")]
    [InlineData("sells", "sells\n otherwise")]
    public void Lines_are_as_the_policy_has_them(string text, string folded) =>
        PackageDescription.Fold(text, "otherwise").ShouldBe(folded);

    [Fact]
    public void Long_lines_are_wrapped_and_none_begins_with_a_dot()
    {
        var text = "sells\n" + string.Join(' ', Enumerable.Repeat("word .NET", 60)) + "\n- " + new string('x', 200);

        var lines = PackageDescription.Fold(text, "").Split('\n')[1..];

        lines.ShouldAllBe(line => line.StartsWith(' ') && line[1] != '.');
        lines.SkipLast(1).ShouldAllBe(line => line.Length <= 79);
        string.Concat(lines)
            .Replace(" ", "", StringComparison.Ordinal)
            .ShouldBe(text[6..].Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lintian_has_nothing_to_say_of_it()
    {
        await InstalledPackages.RequireAsync("lintian");
        _directory.WriteFile("app/a", "a");
        _directory.WriteFile(
            "app/canary.yml",
            """
            description: |
              sells things - größer, 日本語, العربية 🐤
              The front end is written for
              .NET 10 and needs its runtime.
              .
              ...and more, with a	tab,
                * a list item
              and a long line that is not wrapped at all because whoever wrote it does not use a hard wrap in an editor at any width.
            """
        );
        var package = Packing.Pack(_directory.Combine("app"), _directory.Combine("shop.deb"));

        var result = await ProcessRunner.RunAsync("lintian", ["--no-cfg", "--allow-root", package.Path]);

        result.Output.ShouldContain("dir-or-file-in-opt");
        result.Output.Split('\n').Where(line => line.Contains("description")).ShouldBeEmpty();
    }
}
