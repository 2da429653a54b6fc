using Canary.CiCoordinator.Releases;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Releases;

/// <summary>A message that is lost costs a deadline and nothing else, in whichever state: the release ends as it would have, and
/// whoever shows it hears of that.</summary>
public sealed class LostMessageTests : IAsyncLifetime
{
    private static readonly Type[] OnTheWay =
    [
        typeof(AdmitPush),
        typeof(StartRelease),
        typeof(StartBuild),
        typeof(BuildSucceeded),
        typeof(BuildPackage),
        typeof(PackageBuilt),
        typeof(PublishPackage),
        typeof(PackagePublished),
        typeof(StartRollout),
    ];

    private static readonly string[] ShortDeadlines =
    [
        .. new[] { "Admission", "Build", "Package", "Publish", "Rollout", "Acknowledgement" }.Select(question =>
            $"--ci-coordinator:releases:{question}Deadline=00:00:00.5"
        ),
    ];

    private GitRepository _repository = null!;
    private TestHost _host = null!;

    /// <summary>Each question and answer once, and each word of how far the release is: there is one for every state.</summary>
    public static TheoryData<Type, int> Losses =>
        [
            .. OnTheWay.Select(type => (type, 1)),
            (typeof(RolloutChanged), 1),
            .. Enumerable.Range(1, 6).Select(nth => (typeof(ReleaseChanged), nth)),
            (typeof(AcknowledgeRelease), 1),
        ];

    public static TheoryData<Type, int> LossesAtDecisions =>
        [
            .. Enumerable.Range(1, 2).Select(nth => (typeof(RolloutChanged), nth)),
            (typeof(ReleaseChanged), 6),
            (typeof(AcknowledgeRelease), 1),
        ];

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync();
        _host = await TestHost.StartAsync(ShortDeadlines);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _repository.Dispose();
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_push_is_released_whichever_message_is_lost(Type message, int nth)
    {
        await _host.LoseAsync(message, nth);

        var push = await PushAsync();

        await EndsAsync(push, ReleaseStates.Completed, nth);
    }

    [Theory]
    [MemberData(nameof(LossesAtDecisions))]
    [InlineData(typeof(PromoteRollout), 1)]
    public async Task A_person_promotes_whichever_message_is_lost(Type message, int nth)
    {
        _host.Neighbours.CompletesRollouts = false;
        await _host.LoseAsync(message, nth);
        var push = await PushAsync();
        await _host.IsInAsync(push.ReleaseId, ReleaseStates.RollingOut);

        await _host.SendAsync(new PromoteRelease { ReleaseId = push.ReleaseId, By = "grace" });

        await EndsAsync(push, ReleaseStates.Completed, nth);
    }

    [Theory]
    [MemberData(nameof(LossesAtDecisions))]
    [InlineData(typeof(RollBackRollout), 1)]
    public async Task A_person_takes_a_release_back_whichever_message_is_lost(Type message, int nth)
    {
        _host.Neighbours.CompletesRollouts = false;
        await _host.LoseAsync(message, nth);
        var push = await PushAsync();
        await _host.IsInAsync(push.ReleaseId, ReleaseStates.RollingOut);

        await _host.SendAsync(new RollBackRelease { ReleaseId = push.ReleaseId, By = "grace" });

        await EndsAsync(push, ReleaseStates.RolledBack, nth);
    }

    [Theory]
    [InlineData(typeof(SupersedeRelease))]
    [InlineData(typeof(SupersedeRollout))]
    public async Task A_newer_commit_takes_over_whichever_message_is_lost(Type message)
    {
        _host.Neighbours.CompletesRollouts = false;
        await _host.LoseAsync(message, nth: 1);
        var older = await PushAsync();
        await _host.IsInAsync(older.ReleaseId, ReleaseStates.RollingOut);

        await PushAsync();

        await EndsAsync(older, ReleaseStates.Superseded, nth: 1);
    }

    [Theory]
    [InlineData(typeof(BuildFailed), 1)]
    [InlineData(typeof(ReleaseChanged), 3)]
    [InlineData(typeof(AcknowledgeRelease), 1)]
    public async Task A_failing_build_reaches_the_release_whichever_message_is_lost(Type message, int nth)
    {
        await _host.LoseAsync(message, nth);

        var push = await PushAsync(build: "exit 1");

        await EndsAsync(push, ReleaseStates.Failed, nth, "script-failed");
    }

    [Fact]
    public async Task What_is_held_goes_on_when_the_word_is_lost()
    {
        await _host.LoseAsync(typeof(ContinueRelease), nth: 1);
        await _host.SendAsync(new HoldApplication { Application = "shop", By = "grace" });
        await Eventually.TrueAsync(() => _host.Neighbours.Holds.Count > 0);
        var push = await PushAsync();
        await _host.IsInAsync(push.ReleaseId, ReleaseStates.Held);

        await _host.SendAsync(new ResumeApplication { Application = "shop", By = "grace" });

        await EndsAsync(push, ReleaseStates.Completed, nth: 1);
    }

    private async Task<PushReceived> PushAsync(string build = "exit 0")
    {
        _repository.WithConventionScripts(build: build);
        var push = TestHost.Push(_repository.Path, await _repository.CommitAsync());
        await _host.PublishAsync(push);
        return push;
    }

    private async Task EndsAsync(PushReceived push, string state, int nth, string? code = null)
    {
        await Eventually.TrueAsync(async () =>
            (await _host.ReleasesAsync()).Exists(x =>
                x.CorrelationId == push.ReleaseId && ReleaseStates.IsFinal(x.CurrentState)
            )
        );
        await Eventually.TrueAsync(async () =>
            (await _host.ReleasesAsync()).Single(x => x.CorrelationId == push.ReleaseId).DeadlineToken is null
        );
        var end = (await _host.ReleasesAsync()).Single(x => x.CorrelationId == push.ReleaseId);
        end.CurrentState.ShouldBe(state, end.Failure?.ToString());
        end.Failure?.Code.ShouldBe(code);
        _host.Neighbours.Changes.Last(x => x.ReleaseId == push.ReleaseId).State.ShouldBe(state);
        (await _host.SeenAsync()).ShouldBeGreaterThanOrEqualTo(nth, "nothing was lost");
    }
}
