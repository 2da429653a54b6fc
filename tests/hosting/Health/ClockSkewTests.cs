using Canary.Durability.Connections;

namespace Canary.Hosting.Tests.Health;

public sealed class ClockSkewTests
{
    private static readonly DateTimeOffset Asked = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Answered = Asked.AddSeconds(20);

    [Theory]
    [InlineData(-3)]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(23)]
    public void A_clock_that_shows_a_time_between_question_and_answer_is_right(int seconds) =>
        ClockSkew.Of(Asked.AddSeconds(seconds), Asked, Answered).ShouldBeNull();

    [Theory]
    [InlineData(80, "60 s ahead of")]
    [InlineData(-300, "5 min behind")]
    [InlineData(3 * 3600 + 20, "3 h ahead of")]
    public void A_clock_that_is_off_is_told(int seconds, string words) =>
        ClockSkew.Of(Asked.AddSeconds(seconds), Asked, Answered).ShouldBe(words);
}
