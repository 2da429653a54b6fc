using Canary.Ingress.Repositories;

namespace Canary.Ingress.Tests.Repositories;

public class PlainTextTests
{
    [Theory]
    [InlineData("Sell hats\n\nMany of them", "Sell hats")]
    [InlineData("  Sell\u001b[31m hats ", "Sell\uFFFD[31m hats")]
    [InlineData("a\u202Eb", "a\uFFFDb")]
    [InlineData("😀 hats", "😀 hats")]
    [InlineData("\n\nlater", "later")]
    [InlineData("", null)]
    [InlineData(" \t", null)]
    [InlineData(null, null)]
    public void Is_one_harmless_line(string? text, string? expected) => PlainText.Line(text, 100).ShouldBe(expected);

    [Fact]
    public void Is_cut_between_characters()
    {
        PlainText.Line("abcdef", 4).ShouldBe("abc…");
        PlainText.Line("abc😀def", 5)!.Length.ShouldBeLessThanOrEqualTo(5);
        PlainText.Line("abc😀def", 5)!.EnumerateRunes().ShouldNotContain(System.Text.Rune.ReplacementChar);
    }

    [Theory]
    [InlineData("https://github.com/acme/shop/compare/a...b", true)]
    [InlineData("http://ghe.local/x", true)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("data:text/html,x", false)]
    [InlineData("https://user:pw@github.com/", false)]
    [InlineData("//github.com", false)]
    [InlineData("https://github.com/ x", false)]
    [InlineData(null, false)]
    public void Only_a_web_address_becomes_a_link(string? text, bool valid) =>
        (PlainText.WebAddress(text) is not null).ShouldBe(valid);
}
