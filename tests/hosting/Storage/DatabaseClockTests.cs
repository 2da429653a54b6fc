using Canary.Durability.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Hosting.Tests.Storage;

public sealed class DatabaseClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _machine = new(Noon);
    private readonly DatabaseClock _clock;

    public DatabaseClockTests() => _clock = new DatabaseClock(_machine);

    [Fact]
    public void Until_the_server_has_answered_it_is_the_machine_that_counts() => _clock.GetUtcNow().ShouldBe(Noon);

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void It_shows_what_the_server_shows_and_goes_on_from_there(int hours)
    {
        var theirs = Noon.AddHours(hours);

        Answer(theirs, TimeSpan.Zero);
        _machine.Advance(TimeSpan.FromMinutes(5));

        _clock.GetUtcNow().ShouldBe(theirs.AddMinutes(5));
        _clock.OfThisMachine().GetUtcNow().ShouldBe(Noon.AddMinutes(5));
    }

    [Fact]
    public void An_answer_that_took_its_time_changes_nothing_that_may_be_right()
    {
        Answer(Noon, TimeSpan.FromSeconds(12));

        _clock.GetUtcNow().ShouldBe(Noon.AddSeconds(12));
    }

    [Fact]
    public void What_an_answer_leaves_open_the_next_one_settles()
    {
        var theirs = Noon.AddHours(1);
        Answer(theirs, TimeSpan.FromSeconds(10));
        _clock.GetUtcNow().ShouldBe(theirs.AddSeconds(5));

        Answer(theirs.AddSeconds(10), TimeSpan.Zero);

        _clock.GetUtcNow().ShouldBe(theirs.AddSeconds(10));
    }

    [Fact]
    public void Nobody_hurries_it_who_sets_the_clock_of_the_machine()
    {
        var machine = new SetClock();
        var clock = new DatabaseClock(machine);

        machine.Ahead = TimeSpan.FromHours(1);

        (clock.GetUtcNow() - TimeProvider.System.GetUtcNow()).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(1));
        clock.OfThisMachine().ShouldBeSameAs(machine);
    }

    private void Answer(DateTimeOffset theirs, TimeSpan after)
    {
        var asked = _clock.GetTimestamp();
        _machine.Advance(after);
        _clock.Hear(theirs, asked, _clock.GetTimestamp());
    }
}
