using Canary.Ingress.Notifications;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Ingress.Tests.Notifications;

public sealed class PausesTests
{
    private static readonly Guid Release = Guid.NewGuid();

    private readonly FakeTimeProvider _time = new();
    private readonly Pauses _pauses;

    public PausesTests() => _pauses = new Pauses(TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5), _time);

    [Fact]
    public void They_double_up_to_the_longest_and_end()
    {
        foreach (var expected in new[] { 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 })
        {
            _pauses.Failed(Release, Failure());

            _pauses.OfChannel.TotalSeconds.ShouldBeInRange(expected * 0.75, expected);
            _pauses.Shortest.ShouldBe(_pauses.OfChannel);
            _time.Advance(_pauses.OfChannel);
            _pauses.OfChannel.ShouldBe(TimeSpan.Zero);
            _pauses.Shortest.ShouldBeNull();
        }

        _pauses.Delivered(Release);
        _pauses.Failed(Release, Failure());
        _pauses.OfChannel.TotalSeconds.ShouldBeInRange(1.5, 2);
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(0, 2)]
    [InlineData(-60, 2)]
    [InlineData(100_000, 3600)]
    public void A_service_that_says_when_to_come_again_is_believed_within_reason(int wish, int expected)
    {
        _pauses.Failed(Release, Failure(TimeSpan.FromSeconds(wish)));

        _pauses.OfChannel.TotalSeconds.ShouldBeInRange(expected * 0.75, expected);
    }

    [Fact]
    public void A_message_that_is_refused_waits_alone()
    {
        _pauses.Failed(Release, new DeliveryException("no", "") { IsOfMessage = true });

        _pauses.OfChannel.ShouldBe(TimeSpan.Zero);
        _pauses.OfMessages.ShouldBe([Release]);
        _time.Advance(_pauses.Shortest!.Value);
        _pauses.OfMessages.ShouldBeEmpty();
    }

    private static DeliveryException Failure(TimeSpan? wish = null) => new("no", "") { RetryAfter = wish };
}
