using Canary.Contracts.Building;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests;

/// <summary>The whole service: real store, real outbox, real jobs, real git and scripts.</summary>
public sealed class CiCoordinatorTests : IAsyncLifetime
{
    private GitRepository _repository = null!;

    public async ValueTask InitializeAsync() => _repository = await GitRepository.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_push_is_built_and_released_once_however_often_it_is_delivered()
    {
        await using var host = await TestHost.StartAsync();
        var counter = Path.Combine(host.DataPath, "builds");
        var push = await PushAsync($"echo x >> {counter}");

        await host.PublishAsync(Enumerable.Repeat(push, 5));

        var release = await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
        release.Stages.ShouldAllBe(x => x.Attempts == 1);
        await host.PublishAsync(push with { ReceivedAt = push.ReceivedAt.AddDays(3) });
        await Eventually.TrueAsync(() => host.Neighbours.Changes.Count(x => x.State == ReleaseStates.Completed) >= 2);
        (await host.ReleasesAsync()).Count.ShouldBe(1);
        File.ReadAllLines(counter).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_failing_build_reaches_the_release()
    {
        await using var host = await TestHost.StartAsync();
        var push = await PushAsync("echo no; exit 1");

        await host.PublishAsync(push);

        var release = await host.IsInAsync(push.ReleaseId, ReleaseStates.Failed);
        release.Failure!.Code.ShouldBe("script-failed");
    }

    [Fact]
    public async Task Of_ten_pushes_in_a_burst_the_last_one_is_released_and_the_others_are_superseded()
    {
        await using var host = await TestHost.StartAsync();
        var started = Path.Combine(host.DataPath, "started");
        var pushes = new List<PushReceived>();
        for (var i = 0; i < 10; i++)
        {
            // The builds of all but the last would run for ever: only superseding ends them.
            pushes.Add(await PushAsync(i < 9 ? "sleep 1000" : $"touch {started}", pushes.LastOrDefault(), i));
        }

        await host.PublishAsync(pushes);

        await host.IsInAsync(pushes[^1].ReleaseId, ReleaseStates.Completed);
        foreach (var push in pushes[..^1])
        {
            await host.IsInAsync(push.ReleaseId, ReleaseStates.Superseded);
        }
    }

    [Fact]
    public async Task A_build_of_a_pull_request_takes_no_place_of_a_release_and_can_be_cancelled()
    {
        await using var host = await TestHost.StartAsync("--ci-coordinator:jobs:concurrency=1");
        var started = Path.Combine(host.DataPath, "started");
        var ended = Path.Combine(host.DataPath, "ended");
        var push = await PushAsync(
            $"if [ -n \"$CANARY_PULL_REQUEST\" ]; then trap 'touch {ended}; exit 1' TERM; touch {started}; while :; do sleep 0.1; done; fi"
        );
        await _repository.GitAsync("update-ref", "refs/pull/12/head", push.Source.Commit);
        var pull = new BuildPullRequest
        {
            Build = new StartBuild
            {
                JobId = Guid.NewGuid(),
                ReleaseId = Guid.NewGuid(),
                Application = push.Application,
                Source = push.Source,
                PullRequest = new PullRequestReference { Number = 12, IsFork = false },
            },
        };
        await host.SendAsync(pull);
        await Eventually.TrueAsync(() => File.Exists(started));

        await host.PublishAsync(push);

        await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
        File.Exists(ended).ShouldBeFalse();
        await host.SendAsync(new CancelPullRequestBuild { JobId = pull.Build.JobId });
        await Eventually.TrueAsync(() => File.Exists(ended));
        (await host.ReleasesAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Pushes_that_arrive_in_the_wrong_order_end_as_if_they_had_not()
    {
        await using var host = await TestHost.StartAsync();
        var oldest = await PushAsync("exit 0");
        var older = await PushAsync("sleep 1000", oldest, second: 2);
        var newer = await PushAsync("exit 0", older, second: 1);

        await host.PublishAsync(newer);
        await host.IsInAsync(newer.ReleaseId, ReleaseStates.Completed);
        await host.PublishAsync(older);

        (await host.IsInAsync(older.ReleaseId, ReleaseStates.Superseded)).Successor.ShouldBe(newer.ReleaseId);
    }

    [Fact]
    public async Task Applications_do_not_compete()
    {
        await using var host = await TestHost.StartAsync();
        var shop = await PushAsync("exit 0");
        var other = shop with { ReleaseId = Guid.NewGuid(), Application = "other" };

        await host.PublishAsync(shop, other);

        await host.IsInAsync(shop.ReleaseId, ReleaseStates.Completed);
        await host.IsInAsync(other.ReleaseId, ReleaseStates.Completed);
    }

    [Fact]
    public async Task A_branch_that_does_not_deploy_supersedes_nothing()
    {
        await using var host = await TestHost.StartAsync();
        host.Neighbours.CompletesRollouts = false;
        var deployed = await PushAsync("exit 0");
        await host.PublishAsync(deployed);
        await host.IsInAsync(deployed.ReleaseId, ReleaseStates.RollingOut);
        var branch = (await PushAsync("exit 0", second: 1)) with { Deploys = false };

        await host.PublishAsync(branch);

        await host.IsInAsync(branch.ReleaseId, ReleaseStates.Completed);
        (await host.IsInAsync(deployed.ReleaseId, ReleaseStates.RollingOut)).Successor.ShouldBeNull();
    }

    [Fact]
    public async Task An_aborted_build_is_stopped()
    {
        await using var host = await TestHost.StartAsync();
        var started = Path.Combine(host.DataPath, "started");
        var push = await PushAsync($"echo $$ > {started}.new; mv {started}.new {started}; sleep 1000");
        await host.PublishAsync(push);
        await Eventually.TrueAsync(() => File.Exists(started));

        await host.SendAsync(new AbortRelease { ReleaseId = push.ReleaseId, By = "grace" });

        (await host.IsInAsync(push.ReleaseId, ReleaseStates.Failed)).Failure!.Code.ShouldBe("aborted");
        var pid = File.ReadAllText(started).Trim();
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public async Task A_person_can_promote()
    {
        await using var host = await TestHost.StartAsync();
        host.Neighbours.CompletesRollouts = false;
        var push = await PushAsync("exit 0");
        await host.PublishAsync(push);
        await host.IsInAsync(push.ReleaseId, ReleaseStates.RollingOut);

        await host.SendAsync(new PromoteRelease { ReleaseId = push.ReleaseId, By = "grace" });

        await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
    }

    [Fact]
    public async Task A_release_goes_on_when_its_host_starts_again()
    {
        await using var host = await TestHost.StartAsync();
        var gate = Path.Combine(host.DataPath, "gate");
        var started = Path.Combine(host.DataPath, "started");
        var push = await PushAsync($"touch {started}; while ! [ -e {gate} ]; do sleep 0.05; done");
        await host.PublishAsync(push);
        await Eventually.TrueAsync(() => File.Exists(started));

        await host.StopAsync();
        File.WriteAllText(gate, "");
        await host.StartAsync();

        var release = await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
        release.Stages.ShouldAllBe(x => x.Attempts == 1);
        (await host.ReleasesAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_release_whose_rollout_waits_goes_on_when_its_host_starts_again()
    {
        await using var host = await TestHost.StartAsync();
        host.Neighbours.CompletesRollouts = false;
        var push = await PushAsync("exit 0");
        await host.PublishAsync(push);
        await host.IsInAsync(push.ReleaseId, ReleaseStates.RollingOut);
        await host.StopAsync();

        // The rollout ended while nobody listened: only asking again can tell.
        host.Neighbours.CompletesRollouts = true;
        await host.StartAsync();

        await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
    }

    private async Task<PushReceived> PushAsync(string build, PushReceived? after = null, int second = 0)
    {
        _repository.WithConventionScripts(build: build);
        var before = after?.Source.Commit;
        var commit = await _repository.CommitAsync();
        return TestHost.Push(_repository.Path, commit, before, second);
    }
}
