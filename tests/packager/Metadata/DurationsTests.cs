using Canary.Packager.Metadata;

namespace Canary.Packager.Tests.Metadata;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("500ms", 500)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("0s", 0)]
    [InlineData("90m", 5_400_000)]
    public void A_duration_is_read(string text, long milliseconds)
    {
        Durations.TryParse(text, out var duration).ShouldBeTrue();
        duration.TotalMilliseconds.ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("5 m")]
    [InlineData("-5m")]
    [InlineData("30m1h")]
    [InlineData("1h1h")]
    [InlineData("1.5h")]
    [InlineData("5m\n")]
    [InlineData("99999999999999999999s")]
    [InlineData("٣s")]
    public void Anything_else_is_not(string text) => Durations.TryParse(text, out _).ShouldBeFalse();
}
