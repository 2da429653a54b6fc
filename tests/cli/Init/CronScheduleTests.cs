using Canary.Cli.Init.Recipes;

namespace Canary.Cli.Tests.Init;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("15 3 * * * run", "*-*-* 03:15:00")]
    [InlineData("*/10 * * * 1-5 run", "Mon..Fri *-*-* *:00/10:00")]
    [InlineData("0 0,12 1 * * run", "*-*-01 00,12:00:00")]
    [InlineData("5 4 * jul sun run", "Sun *-07-* 04:05:00")]
    [InlineData("5 4 * * 0,6 run", "Sun,Sat *-*-* 04:05:00")]
    [InlineData("5 4 * * 7 run", "Sun *-*-* 04:05:00")]
    [InlineData("5 4 * * 0-2 run", "Sun,Mon..Tue *-*-* 04:05:00")]
    [InlineData("0-30/5 4 * * * run", "*-*-* 04:00..30/5:00")]
    [InlineData("@daily run", "daily")]
    public void A_time_of_cron_is_one_of_systemd(string line, string schedule) =>
        CronSchedule.Read(line).ShouldNotBeNull().Schedule.ShouldHaveSingleItem().ShouldBe(schedule);

    [Theory]
    [InlineData("@reboot run")]
    [InlineData("61 4 * * * run")]
    [InlineData("5 4 * * eve run")]
    [InlineData("5 4 30-20 * * run")]
    [InlineData("5 4 * *")]
    public void What_systemd_does_not_have_is_none(string line) => CronSchedule.Read(line).ShouldBeNull();

    [Fact]
    public void Days_of_the_month_and_of_the_week_are_two_times() =>
        CronSchedule.Read("0 6 1 * mon run")!.Value.Schedule.ShouldBe(["*-*-01 06:00:00", "Mon *-*-* 06:00:00"]);

    [Fact]
    public void The_rest_of_the_line_is_the_command() =>
        CronSchedule.Read("0 6 * * *  bin/report  --all").ShouldNotBeNull().Command.ShouldBe("bin/report  --all");
}
