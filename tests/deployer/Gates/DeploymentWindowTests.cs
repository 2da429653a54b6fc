using System.Globalization;
using Canary.Deployer.Gates;

namespace Canary.Deployer.Tests.Gates;

/// <summary>Times by the clocks of a place, that stand still, jump and come twice.</summary>
public sealed class DeploymentWindowTests
{
    [Theory]
    [InlineData("mon-fri 09:00-16:00 Europe/Berlin", "2026-11-30T08:00Z", true)]
    [InlineData("mon-fri 09:00-16:00 Europe/Berlin", "2026-11-30T07:59:59Z", false)]
    [InlineData("mon-fri 09:00-16:00 Europe/Berlin", "2026-11-30T15:00Z", false)]
    [InlineData("mon-fri 09:00-16:00 Europe/Berlin", "2026-11-29T10:00Z", false)]
    [InlineData("mon-fri 09:00-16:00", "2026-11-30T09:00Z", true)]
    [InlineData("Sat,Sun 00:00-24:00 UTC", "2026-11-29T23:59Z", true)]
    [InlineData("fri-mon 10:00-11:00 UTC", "2026-11-30T10:30Z", true)]
    [InlineData("fri-mon 10:00-11:00 UTC", "2026-12-01T10:30Z", false)]
    [InlineData("daily 22:00-02:00 UTC", "2026-11-30T01:00Z", true)]
    [InlineData("fri 22:00-02:00 UTC", "2026-11-28T01:00Z", true)]
    [InlineData("fri 22:00-02:00 UTC", "2026-11-27T01:00Z", false)]
    // The clocks of Berlin go from 2:00 to 3:00 on 29 March 2026, at 1:00 UTC.
    [InlineData("daily 02:00-03:00 Europe/Berlin", "2026-03-29T00:59Z", false)]
    [InlineData("daily 02:00-03:00 Europe/Berlin", "2026-03-29T01:00Z", false)]
    [InlineData("daily 01:00-03:00 Europe/Berlin", "2026-03-29T00:59Z", true)]
    [InlineData("daily 01:00-03:00 Europe/Berlin", "2026-03-29T01:00Z", false)]
    // And from 3:00 back to 2:00 on 25 October 2026, at 1:00 UTC.
    [InlineData("daily 02:00-03:00 Europe/Berlin", "2026-10-25T00:30Z", true)]
    [InlineData("daily 02:00-03:00 Europe/Berlin", "2026-10-25T01:30Z", true)]
    [InlineData("daily 02:00-03:00 Europe/Berlin", "2026-10-25T02:00Z", false)]
    public void A_window_is_open_when_the_clocks_there_say_so(string window, string now, bool isOpen) =>
        DeploymentWindow.Parse(window).IsOpen(TimeOf(now)).ShouldBe(isOpen);

    [Theory]
    [InlineData("mon-fri 09:00-16:00 Europe/Berlin", "2026-11-29T10:00Z", "2026-11-30T08:00Z")]
    [InlineData("mon-fri 09:00-16:00 Europe/Berlin", "2026-11-30T15:00Z", "2026-12-01T08:00Z")]
    [InlineData("mon-fri 09:00-16:00 Europe/Berlin", "2026-03-27T15:00Z", "2026-03-30T07:00Z")]
    // It is left out on that day.
    [InlineData("daily 02:00-03:00 Europe/Berlin", "2026-03-28T02:30Z", "2026-03-30T00:00Z")]
    // It begins when the clock shows a time after its beginning.
    [InlineData("daily 02:30-04:00 Europe/Berlin", "2026-03-28T03:30Z", "2026-03-29T01:00Z")]
    // It comes twice.
    [InlineData("daily 02:15-02:45 Europe/Berlin", "2026-10-25T00:00Z", "2026-10-25T00:15Z")]
    [InlineData("daily 02:15-02:45 Europe/Berlin", "2026-10-25T00:50Z", "2026-10-25T01:15Z")]
    public void It_says_when_it_opens_next(string window, string now, string opens) =>
        DeploymentWindow.Parse(window).NextOpening(TimeOf(now))!.Value.ToUniversalTime().ShouldBe(TimeOf(opens));

    [Theory]
    [InlineData("mon-fri", "is no window")]
    [InlineData("noday 09:00-16:00", "is no window")]
    [InlineData("mon 9:00-16:00", "is no window")]
    [InlineData("mon 09:00-25:00", "is no window")]
    [InlineData("mon 09:00-09:00", "begins when it ends")]
    [InlineData("mon 09:00-16:00 Europe/Atlantis", "there is no time zone 'Europe/Atlantis'")]
    public void What_is_no_window_is_told(string text, string problem) =>
        DeploymentWindow.ProblemWith(text).ShouldNotBeNull().ShouldContain(problem);

    private static DateTimeOffset TimeOf(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
