using System.Text.Json;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Releases;

/// <summary>Whatever the transport does to the order of the snapshots, what people see is the newest.</summary>
public class ProjectionTests(ProjectionTests.Fixture fixture) : IClassFixture<ProjectionTests.Fixture>
{
    private static readonly string[] Steps =
    [
        ReleaseStates.Building,
        ReleaseStates.Packaging,
        ReleaseStates.Publishing,
        ReleaseStates.RollingOut,
        ReleaseStates.RollingOut,
        ReleaseStates.Completed,
    ];

    private IngressHost Host => fixture.Host;

    [Fact]
    public async Task A_release_that_has_ended_is_counted_once_by_its_outcome()
    {
        var push = Snapshots.Push(Guid.NewGuid(), "counted");

        await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.RollingOut));
        await Host.PublishAsync(Snapshots.Release(push, 2, ReleaseStates.RolledBack));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(it => it.ReleaseId == push.ReleaseId && it.Revision == 2);
        await Host.PublishAsync(Snapshots.Release(push, 3, ReleaseStates.RolledBack));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(it => it.ReleaseId == push.ReleaseId && it.Revision == 3);

        await Eventually.TrueAsync(async () => (await CountedAsync()) is ["1"], what: "the release is counted");

        async Task<string[]> CountedAsync() =>
            [
                .. (await Host.Anonymous.GetStringAsync("metrics"))
                    .Split('\n')
                    .Where(line => line.StartsWith("canary_releases_total{", StringComparison.Ordinal))
                    .Where(line => line.Contains("application=\"counted\"") && line.Contains("outcome=\"rolled-back\""))
                    .Select(line => line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0]),
            ];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Shuffled_repeated_and_lost_snapshots_end_in_the_newest(int seed)
    {
        var random = new Random(seed);
        var push = Snapshots.Push(Guid.NewGuid());
        var releases = Steps.Select((state, i) => Snapshots.Release(push, i + 1, state)).ToList<object>();
        var rollouts = Enumerable
            .Range(1, 6)
            .Select(i => Rollout(push, i, i < 6 ? RolloutStates.DeployingWave : RolloutStates.Completed));
        var last = releases[^1];
        object[] messages = [.. releases, .. rollouts, .. releases.Where(_ => random.Next(2) == 0)];
        random.Shuffle(messages);

        foreach (var message in messages.Where(x => ReferenceEquals(x, last) || IsLast(x) || random.Next(4) > 0))
        {
            await Host.PublishAsync((dynamic)message);
        }

        await Eventually.PassesAsync(async () =>
        {
            var release = await Host.GetAsync($"/api/releases/{push.ReleaseId}");
            release.Text("state").ShouldBe("Completed");
            release.Text("phase").ShouldBe("Completed");
            release.GetProperty("stages").EnumerateArray().Select(x => x.Text("name")).ShouldBe(["build", "canary"]);
            release.GetProperty("stages")[1].GetProperty("attempts").GetInt32().ShouldBe(6);
        });
        (await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == push.ReleaseId)).Revision.ShouldBe(6);
    }

    [Fact]
    public async Task An_older_snapshot_changes_nothing()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 6, ReleaseStates.Completed));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == push.ReleaseId);

        await Host.PublishAsync(Snapshots.Release(push, 2, ReleaseStates.Failed));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == push.ReleaseId && x.Revision == 2);

        (await Host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("state").ShouldBe("Completed");
    }

    [Fact]
    public async Task A_final_snapshot_that_comes_again_is_acknowledged_again()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 3, ReleaseStates.Failed));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == push.ReleaseId);

        await Host.PublishAsync(Snapshots.Release(push, 3, ReleaseStates.Failed));

        await Eventually.TrueAsync(() =>
            Host.Sent.Of<AcknowledgeRelease>().Count(x => x.ReleaseId == push.ReleaseId) == 2
        );
    }

    [Fact]
    public async Task A_release_that_runs_is_not_acknowledged()
    {
        var running = Snapshots.Push(Guid.NewGuid());
        var ended = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(running, 1, ReleaseStates.Building));
        await Host.PublishAsync(Snapshots.Release(ended, 1, ReleaseStates.Failed));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == ended.ReleaseId);

        Host.Sent.Of<AcknowledgeRelease>().ShouldNotContain(x => x.ReleaseId == running.ReleaseId);
    }

    [Fact]
    public async Task The_end_of_a_rollout_is_acknowledged_as_often_as_it_is_announced_and_nothing_before()
    {
        var push = Snapshots.Push(Guid.NewGuid());

        await Host.PublishAsync(Rollout(push, 1, RolloutStates.DeployingWave));
        await Host.PublishAsync(Rollout(push, 2, RolloutStates.Completed));
        await Host.PublishAsync(Rollout(push, 2, RolloutStates.Completed));

        await Eventually.TrueAsync(() => Revisions() is [2, 2]);

        int[] Revisions() =>
            [
                .. Host
                    .Sent.Of<AcknowledgeRollout>()
                    .Where(it => it.RolloutId == push.ReleaseId)
                    .Select(it => it.Revision),
            ];
    }

    [Fact]
    public async Task While_it_rolls_out_the_phase_is_the_rollouts_state()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.RollingOut));
        await Host.PublishAsync(
            Rollout(push, 3, RolloutStates.AwaitingPromotion) with
            {
                WaitingFor = "someone to promote it",
            }
        );

        await Eventually.PassesAsync(async () =>
        {
            var release = await Host.GetAsync($"/api/releases/{push.ReleaseId}");
            release.Text("state").ShouldBe("RollingOut");
            release.Text("phase").ShouldBe("AwaitingPromotion");
            release.Text("waitingFor").ShouldBe("someone to promote it");
            release.GetProperty("hosts")[0].Text("state").ShouldBe("succeeded");
        });
    }

    [Fact]
    public async Task A_failure_is_shown_with_its_remedy()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        var failure = new Failure
        {
            Code = "script-missing",
            Message = "script/cibuild is missing.",
            Remedy = "Add it.",
        };
        await Host.PublishAsync(Snapshots.Release(push, 2, ReleaseStates.Failed, failure));

        await Eventually.PassesAsync(async () =>
        {
            var shown = (await Host.GetAsync($"/api/releases/{push.ReleaseId}")).GetProperty("failure");
            shown.Text("code").ShouldBe("script-missing");
            shown.Text("remedy").ShouldBe("Add it.");
        });
    }

    [Fact]
    public async Task Stages_have_their_times()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 2, ReleaseStates.Packaging));

        await Eventually.PassesAsync(async () =>
        {
            var stage = (await Host.GetAsync($"/api/releases/{push.ReleaseId}")).GetProperty("stages")[0];
            stage.Text("name").ShouldBe("build");
            stage.GetProperty("startedAt").GetDateTimeOffset().ShouldBe(Snapshots.Noon);
            stage.GetProperty("durationMs").GetInt64().ShouldBe(3000);
        });
    }

    internal static RolloutChanged Rollout(PushReceived push, int revision, string state, int startMinute = 0) =>
        new()
        {
            RolloutId = push.ReleaseId,
            ReleaseId = push.ReleaseId,
            Revision = revision,
            Application = push.Application,
            Package = push.Application,
            Version = "1.0-1",
            State = state,
            HostsReached = true,
            Stages =
            [
                new StageSnapshot
                {
                    Name = "canary",
                    State = StageState.Succeeded,
                    StartedAt = Snapshots.Noon.AddMinutes(startMinute),
                    FinishedAt = Snapshots.Noon.AddMinutes(startMinute + 1),
                    Attempts = revision,
                },
            ],
            Hosts =
            [
                new HostSnapshot
                {
                    Name = "canary-1",
                    Channel = Channel.Canary,
                    Step = "canary",
                    State = StageState.Succeeded,
                    Version = "1.0-1",
                },
            ],
        };

    private static bool IsLast(object message) => message is RolloutChanged { Revision: 6 };

    public sealed class Fixture : IAsyncLifetime
    {
        public IngressHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await IngressHost.StartAsync();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
