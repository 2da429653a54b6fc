using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Deployer.Rollouts;
using Canary.Testing;

namespace Canary.Deployer.Tests.Rollouts;

/// <summary>A message that is lost costs a deadline and nothing else: whoever waits for it looks at what is recorded, then asks
/// again.</summary>
public sealed class LostMessageTests
{
    private const int Occurrences = 3;

    private static readonly Type[] Messages =
    [
        typeof(CheckFleet),
        typeof(FleetChecked),
        typeof(KeepVersions),
        typeof(VersionsKept),
        typeof(AdvertiseVersion),
        typeof(VersionAdvertised),
        typeof(UpdateHost),
        typeof(HostUpdated),
        typeof(HostUpdateFailed),
        typeof(CheckHost),
        typeof(HostChecked),
        typeof(WithdrawVersion),
        typeof(VersionWithdrawn),
    ];

    private static readonly (string Key, string Value)[] ShortDeadlines =
    [
        ("replydeadline", "00:00:01"),
        ("hostdeadline", "00:00:01"),
        ("soakcheckinterval", "00:00:00.3"),
        ("soak", "00:00:00.1"),
    ];

    public static TheoryData<string, int> Losses =>
        new(Messages.SelectMany(type => Enumerable.Range(1, Occurrences).Select(nth => (type.FullName!, nth))));

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_healthy_version_reaches_everybody_whichever_message_is_lost(string message, int nth)
    {
        await using var host = await DeployerHost.StartAsync(ShortDeadlines);
        await host.LoseAsync(message, nth);

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.ToString());
        host.Fleet.VersionOn("canary-1").ShouldBe("2.0");
        host.Fleet.VersionOn("web-3").ShouldBe("2.0");
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_failed_wave_is_rolled_back_everywhere_whichever_message_is_lost(string message, int nth)
    {
        await using var host = await DeployerHost.StartAsync(ShortDeadlines);
        await host.LoseAsync(message, nth);
        host.Fleet.Failing["web-3 install 2.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.RolledBack, end.Failure?.ToString());
        end.Failure!.Code.ShouldBe("wave-failed");
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
    }

    [Fact]
    public async Task A_turn_whose_word_is_lost_is_taken_at_the_next_deadline()
    {
        await using var host = await DeployerHost.StartAsync(ShortDeadlines);
        await host.LoseAsync(typeof(TakeTurn).FullName!, nth: 1);
        var first = await host.RollOutAsync("2.0", PromotionPolicy.Manual, number: 1);
        await host.InStateAsync(first, RolloutStates.AwaitingPromotion);
        var second = await host.RollOutAsync("3.0", number: 2);
        await host.InStateAsync(second, RolloutStates.Queued);

        await host.RollBackAsync(first);

        (await host.EndAsync(second)).State.ShouldBe(RolloutStates.Completed);
    }
}
