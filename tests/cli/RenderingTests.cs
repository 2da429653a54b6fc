using Canary.Cli.Api;
using Canary.Cli.Releases;
using Canary.Cli.Terminal;
using Canary.Testing;
using Spectre.Console.Testing;

namespace Canary.Cli.Tests;

public sealed class RenderingTests
{
    public static TheoryData<string> Pictures =>
        ["completed", "awaiting-promotion", "build-failed", "rolled-back", "building"];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Release_is_drawn_with_bars_hosts_and_what_went_wrong(string name)
    {
        using var console = new TestConsole().Width(100).SupportsUnicode(true);

        console.Write(ReleaseView.Draw(Of(name), Glyphs.Unicode, Samples.Begin.AddSeconds(7.5), frame: 3));

        Snapshot.Match(Trimmed(console.Output), $"release-{name}.txt");
    }

    [Fact]
    public void Terminal_without_unicode_gets_plain_signs()
    {
        using var console = new TestConsole().Width(100);

        console.Write(ReleaseView.Draw(Samples.RolledBack(), Glyphs.Ascii, Samples.Begin.AddSeconds(7.5)));

        var stages = console.Output.Split('\n').TakeWhile(line => !line.Contains("canary-unwell"));
        string.Concat(stages).All(char.IsAscii).ShouldBeTrue(console.Output);
    }

    [Fact]
    public void Text_of_others_is_never_taken_for_markup()
    {
        using var console = new TestConsole().Width(100);
        var release = Samples.Release() with { Title = "[red]not red[/] [[", Pusher = "[/]" };

        console.Write(ReleaseView.Draw(release, Glyphs.Ascii, Samples.Begin));

        console.Output.ShouldContain("[red]not red[/] [[");
    }

    [Fact]
    public void Hosts_whose_turn_never_came_were_not_reached()
    {
        using var console = new TestConsole().Width(100).SupportsUnicode(true);
        var rolledBack = Samples.RolledBack();
        var untouched = rolledBack.Hosts[0] with { Name = "web-1", Step = "wave-1", State = "pending", Failure = null };
        var release = rolledBack with { Hosts = [.. rolledBack.Hosts, untouched] };

        console.Write(ReleaseView.Draw(release, Glyphs.Unicode, Samples.Begin));

        console.Output.ShouldContain("web-1 (not reached)");
        console.Output.ShouldContain("canary-1 (it answered 503)");
        ReleaseLines.Between(null, release).ShouldContain("shop@1a2b3c4: hosts not reached: web-1");
    }

    [Fact]
    public void A_release_of_another_branch_is_not_deployed_and_says_so()
    {
        var release = Samples.Release() with { Deploys = false };

        release.Standing().ShouldBe("built only");
        (release with { State = "Building", Phase = "Building" }).Standing().ShouldBe("building");
        (release with { Deploys = true }).Standing().ShouldBe("completed");
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.25, "250 ms")]
    [InlineData(1.25, "1.3 s")]
    [InlineData(59.4, "59.4 s")]
    [InlineData(61, "1 min 1 s")]
    [InlineData(3661, "1 h 1 min")]
    [InlineData(200000, "2 days")]
    public void Durations_are_short(double seconds, string words) =>
        Words.Duration(TimeSpan.FromSeconds(seconds)).ShouldBe(words);

    [Theory]
    [InlineData("AwaitingPromotion", "awaiting promotion")]
    [InlineData("rolled-back", "rolled back")]
    [InlineData(null, "")]
    public void States_are_words(string? state, string words) => States.Words(state).ShouldBe(words);

    private static Release Of(string name) =>
        name switch
        {
            "completed" => Samples.Release(),
            "awaiting-promotion" => Samples.AwaitingPromotion(),
            "build-failed" => Samples.BuildFailed(),
            "rolled-back" => Samples.RolledBack(),
            _ => Samples.Release(state: "Building"),
        };

    private static string Trimmed(string text) => string.Join('\n', text.Split('\n').Select(line => line.TrimEnd()));
}
