using Canary.Ingress.Polling;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Ingress.Tests.Polling;

public sealed class PollScheduleTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Each_is_due_at_the_start_and_taken_once()
    {
        var schedule = new PollSchedule(_time, () => 0.5);

        schedule.TryTake("shop").ShouldBeTrue();
        schedule.TryTake("shop").ShouldBeFalse();
        schedule.TryTake("blog").ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, 54)]
    [InlineData(0.5, 60)]
    [InlineData(1, 66)]
    public void It_is_due_again_after_its_interval_a_tenth_earlier_or_later(double random, int seconds)
    {
        var schedule = new PollSchedule(_time, () => random);
        schedule.TryTake("shop");
        schedule.Settle("shop", Minute, Longest, succeeded: true);

        _time.Advance(TimeSpan.FromSeconds(seconds - 1));
        schedule.TryTake("shop").ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        schedule.TryTake("shop").ShouldBeTrue();
    }

    [Fact]
    public void One_that_fails_is_looked_at_less_and_less_often_and_as_before_once_it_answers()
    {
        var schedule = new PollSchedule(_time, () => 0.5);
        foreach (var minutes in (int[])[2, 4, 8, 10, 10])
        {
            schedule.TryTake("shop").ShouldBeTrue();
            schedule.Settle("shop", Minute, Longest, succeeded: false);
            _time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            schedule.TryTake("shop").ShouldBeFalse();
            _time.Advance(TimeSpan.FromMinutes(2));
        }

        schedule.TryTake("shop").ShouldBeTrue();
        schedule.Settle("shop", Minute, Longest, succeeded: true);
        _time.Advance(Minute);
        schedule.TryTake("shop").ShouldBeTrue();
    }
}
