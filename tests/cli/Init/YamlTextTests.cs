using Canary.Cli.Init;

namespace Canary.Cli.Tests.Init;

public sealed class YamlTextTests
{
    [Theory]
    [InlineData("node")]
    [InlineData("node_modules/**")]
    [InlineData("nodejs (>= 18)")]
    [InlineData("libicu76 | libicu72")]
    [InlineData("1.0.0")]
    [InlineData("0.0.0.0")]
    [InlineData("-Ilib")]
    [InlineData(".git*")]
    public void A_text_that_can_be_nothing_else_is_plain(string text) => YamlText.Scalar(text).ShouldBe(text);

    [Theory]
    [InlineData("8080")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("0x1f")]
    [InlineData("2024-01-01")]
    [InlineData("yes")]
    [InlineData("NO")]
    [InlineData("null")]
    [InlineData("- item")]
    [InlineData("---")]
    [InlineData("a: b")]
    [InlineData("app:app")]
    [InlineData("a #b")]
    [InlineData("**/prebuilds")]
    [InlineData("{a}")]
    [InlineData("a, b")]
    [InlineData("cat a/b | sort")]
    [InlineData("it's")]
    [InlineData("größer")]
    [InlineData("&anchor")]
    [InlineData("")]
    public void Another_is_quoted(string text) => YamlText.Scalar(text).ShouldBe($"\"{text}\"");

    [Fact]
    public void Quotes_and_line_breaks_do_not_end_it()
    {
        YamlText.Scalar("say \"hello\"\nexclude: []").ShouldBe("\"say \\\"hello\\\" exclude: []\"");
        YamlText.Scalar("a\\b\u0001").ShouldBe("\"a\\\\b\\u0001\"");
    }
}
