using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Notifications;
using Canary.Ingress.Releases;
using Canary.Ingress.Tests.Releases;

namespace Canary.Ingress.Tests.Notifications;

public sealed class ReleaseMessageTests
{
    private static readonly Uri Pages = new("https://canary.example.org/");

    [Theory]
    [InlineData(ReleaseStates.Building, nameof(Importance.Progress), false)]
    [InlineData(ReleaseStates.Held, nameof(Importance.Decision), true)]
    [InlineData(ReleaseStates.Completed, nameof(Importance.Decision), false)]
    [InlineData(ReleaseStates.Failed, nameof(Importance.Problem), true)]
    [InlineData(ReleaseStates.RolledBack, nameof(Importance.Problem), true)]
    [InlineData(ReleaseStates.Superseded, nameof(Importance.Progress), false)]
    [InlineData(RolloutStates.Soaking, nameof(Importance.Progress), false)]
    [InlineData(RolloutStates.AwaitingPromotion, nameof(Importance.Decision), true)]
    [InlineData(RolloutStates.DeployingWave, nameof(Importance.Progress), false)]
    [InlineData(RolloutStates.Paused, nameof(Importance.Decision), true)]
    [InlineData(RolloutStates.RollingBack, nameof(Importance.Progress), false)]
    public void Each_phase_is_for_those_whom_it_concerns(string phase, string importance, bool callsForAction)
    {
        var message = ReleaseMessage.Of(In(phase), Pages);

        message.Importance.ToString().ShouldBe(importance);
        message.CallsForAction.ShouldBe(callsForAction);
        message.Headline.ShouldStartWith("shop ");
    }

    [Fact]
    public void A_release_that_waits_since_something_failed_is_a_problem()
    {
        var message = ReleaseMessage.Of(In(RolloutStates.Paused) with { Failure = Told.Broken }, Pages);

        message.Importance.ShouldBe(Importance.Problem);
        message.Summary.ShouldBe("script/cibuild ended with 1.");
        message.Command.ShouldNotBeNull().ShouldStartWith("canary releases resume ");
    }

    [Fact]
    public void What_is_not_deployed_is_news_for_those_alone_who_want_to_see_everything()
    {
        foreach (var phase in new[] { ReleaseStates.Completed, ReleaseStates.Failed })
        {
            ReleaseMessage.Of(In(phase) with { Deploys = false }, Pages).Importance.ShouldBe(Importance.Progress);
        }
    }

    [Fact]
    public void Each_pause_is_news_and_one_that_is_reported_again_is_none()
    {
        var paused = In(RolloutStates.Paused);

        Occasion(paused with { WaitingFor = "a person (ada)" })
            .ShouldBe(Occasion(paused with { WaitingFor = "a person (ada)" }));
        Occasion(paused with { WaitingFor = "a person (ada)" })
            .ShouldNotBe(Occasion(paused with { WaitingFor = "a person (eve)" }));

        static string Occasion(ReleaseView release) => ReleaseMessage.Of(release, Pages).Occasion;
    }

    [Fact]
    public void Where_nobody_says_what_the_server_is_called_there_is_no_link() =>
        ReleaseMessage.Of(In(RolloutStates.AwaitingPromotion), address: null).Link.ShouldBeNull();

    [Fact]
    public void No_secret_is_in_a_link() =>
        ReleaseMessage
            .Of(In(RolloutStates.AwaitingPromotion), Pages)
            .Link.ShouldNotBeNull()
            .Address.AbsoluteUri.ShouldMatch("^https://canary\\.example\\.org/#/releases/[0-9a-f-]{36}$");

    [Fact]
    public void Each_part_is_one_short_line_of_harmless_text()
    {
        var hostile = "a\r\nb\u001b[2J\u202e" + new string('x', 5000);
        var message = ReleaseMessage.Of(
            In(ReleaseStates.Failed) with
            {
                Title = hostile,
                Pusher = hostile,
                Branch = hostile,
                Failure = Told.Broken with { Message = hostile, Remedy = hostile },
            },
            Pages
        );

        string[] parts =
        [
            message.Subject,
            message.Headline,
            message.Summary,
            .. message.Facts.Select(fact => fact.Value),
        ];
        parts.ShouldAllBe(part => part.Length <= 300 && !part.Any(char.IsControl) && !part.Contains('\u202e'));
    }

    private static ReleaseView In(string phase)
    {
        var push = Told.Push();
        var isOfRollout = !ReleaseStates.IsFinal(phase) && phase is not (ReleaseStates.Building or ReleaseStates.Held);
        var release = ReleaseRow.For(push, run: 1, Snapshots.Noon);
        release.Apply(Snapshots.Release(push, 1, isOfRollout ? ReleaseStates.RollingOut : phase), Snapshots.Noon);
        return ReleaseView.Of(release, isOfRollout ? RolloutRow.For(ProjectionTests.Rollout(push, 1, phase)) : null);
    }
}
