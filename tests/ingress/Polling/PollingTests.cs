using Canary.Contracts.Releases;
using Canary.Ingress.Polling;
using Canary.Ingress.Status;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Polling;

/// <summary>Repositories that are looked at: real ones, on this machine and over HTTP.</summary>
public sealed class PollingTests : IAsyncLifetime
{
    private readonly TempDirectory _data = new();

    private GitRepository _repository = null!;

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync(name: "shop");
        await _repository.CommitAsync("Begin");
    }

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        _data.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_push_that_nothing_announced_is_released_and_what_was_there_before_is_not()
    {
        await using var host = await WatchAsync();

        var commit = await _repository.CommitAsync("Sell hats\n\nand shoes");

        var push = await host.ReleasedAsync(commit);
        push.Application.ShouldBe("shop");
        push.Deploys.ShouldBeTrue();
        push.Title.ShouldBe("Sell hats");
        push.Pusher.ShouldBe("Ada Author");
        push.Before.ShouldNotBeNull();
        push.Source.Branch.ShouldBe("main");
        push.Source.CloneUrl.ShouldBe(_repository.Path);
        await host.ReleasesAreAsync(1);
    }

    [Fact]
    public async Task The_first_look_releases_what_is_there_where_it_should()
    {
        await using var host = await WatchAsync("--ingress:repositories:2:releaseatfirstlook=true");

        await host.ReleasedAsync(await _repository.HeadAsync());
    }

    [Fact]
    public async Task A_webhook_that_comes_later_or_at_the_same_moment_makes_no_second_release()
    {
        await using var host = await WatchAsync();
        for (var push = 0; push < 3; push++)
        {
            var commit = await _repository.CommitAsync();
            var webhooks = await Task.WhenAll(
                Enumerable.Range(0, 3).Select(_ => host.DeliverAsync(new Push { After = commit }.ToJson()))
            );
            webhooks.ShouldAllBe(answer => answer.IsSuccessStatusCode);
            await host.LookAgainAsync();
            using var late = await host.DeliverAsync(new Push { After = commit }.ToJson());
            (await late.ShouldBeAsync(System.Net.HttpStatusCode.OK)).Text("status").ShouldBe("duplicate");
        }

        await host.ReleasesAreAsync(3);
    }

    [Fact]
    public async Task What_was_seen_is_known_after_a_restart_and_what_was_pushed_meanwhile_is_released()
    {
        await using (var host = await WatchAsync())
        {
            await host.ReleasedAsync(await _repository.CommitAsync());
        }

        var commit = await _repository.CommitAsync();
        await using var again = await WatchAsync();

        await again.ReleasedAsync(commit);
        await again.ReleasesAreAsync(2);
    }

    [Fact]
    public async Task A_branch_that_is_set_back_passes_its_push_on_so_that_git_decides()
    {
        await using var host = await WatchAsync();
        var first = await host.ReleasedAsync(await _repository.CommitAsync());
        await host.PublishAsync(Snapshots.Release(first, 1, ReleaseStates.Completed));
        await host.ReleasedAsync(await _repository.CommitAsync());
        await Eventually.TrueAsync(async () =>
            (await host.GetAsync($"/api/releases/{first.ReleaseId}")).Text("state") == ReleaseStates.Completed
        );
        var before = host.Sent.Of<PushReceived>().Count;

        await _repository.GitAsync("reset", "--quiet", "--hard", first.Source.Commit);

        await Eventually.TrueAsync(() => host.Sent.Of<PushReceived>().Count > before);
        host.Sent.Of<PushReceived>()[^1].ReleaseId.ShouldBe(first.ReleaseId);
        await host.ReleasesAreAsync(2);
    }

    [Fact]
    public async Task Other_branches_are_built_where_they_are_and_a_deleted_one_leads_to_nothing()
    {
        await using var host = await WatchAsync();
        await _repository.GitAsync("checkout", "--quiet", "-b", "topic");
        await host.LookAgainAsync();
        var commit = await _repository.CommitAsync();

        (await host.ReleasedAsync(commit)).Deploys.ShouldBeFalse();

        await _repository.GitAsync("checkout", "--quiet", "main");
        await _repository.GitAsync("branch", "--quiet", "-D", "topic");
        await host.LookAgainAsync();
        await host.ReleasesAreAsync(1);
    }

    [Fact]
    public async Task Other_branches_are_passed_over_where_only_one_is_released()
    {
        await using var host = await WatchAsync("--ingress:repositories:2:otherbranches=ignore");
        await _repository.GitAsync("checkout", "--quiet", "-b", "topic");
        await _repository.CommitAsync();
        await host.LookAgainAsync();
        await _repository.GitAsync("checkout", "--quiet", "main");

        await host.ReleasedAsync(await _repository.CommitAsync());
        await host.ReleasesAreAsync(1);
    }

    [Fact]
    public async Task A_commit_that_is_marked_begins_no_release_and_the_next_one_does()
    {
        await using var host = await WatchAsync("--ingress:repositories:2:skipmarked=true");
        var marked = await _repository.CommitAsync("Correct a word [skip ci]");
        await host.LookAgainAsync();
        var shown = (await host.GetAsync("/api/repositories"))
            .GetProperty("repositories")
            .EnumerateArray()
            .Single(it => it.Text("name") == "acme/shop");
        shown
            .Text("notReleased")
            .ShouldStartWith($"The commit {marked[..12]} says [skip ci], so that nothing was released.");
        shown.Text("source").ShouldBe("github");
        shown.Text("looksEvery").ShouldBe("00:00:01");

        await host.ReleasedAsync(await _repository.CommitAsync("Sell hats"));
        await host.ReleasesAreAsync(1);
    }

    [Theory]
    [InlineData(GitHttpServer.Fault.None)]
    [InlineData(GitHttpServer.Fault.Error)]
    [InlineData(GitHttpServer.Fault.TooMany)]
    [InlineData(GitHttpServer.Fault.Hang)]
    [InlineData(GitHttpServer.Fault.Truncated)]
    [InlineData(GitHttpServer.Fault.Nonsense)]
    public async Task A_server_that_fails_is_told_of_and_what_was_pushed_meanwhile_is_released_once(
        GitHttpServer.Fault fault
    )
    {
        await using var server = await GitHttpServer.StartAsync(_repository);
        await using var host = await WatchAsync(
            $"--ingress:repositories:2:cloneurl={server.Address}",
            "--workspaces:protocols:0=http",
            "--ingress:polling:timeout=00:00:01",
            "--ingress:polling:interval=00:00:01",
            "--ingress:polling:retryatmost=00:00:01"
        );
        server.Fails = fault;
        var commit = await _repository.CommitAsync("Sell hats");
        if (fault != GitHttpServer.Fault.None)
        {
            await Eventually.TrueAsync(async () => (await host.CheckPollingAsync()).Status == CheckStatus.Warning);
            var check = await host.CheckPollingAsync();
            check.Detail.ShouldContain("1 of 1 repositories cannot be looked at. acme/shop, since ");
            check.Remedy.ShouldNotBeNullOrWhiteSpace();
        }

        server.Fails = GitHttpServer.Fault.None;

        (await host.ReleasedAsync(commit)).Title.ShouldBe("Sell hats");
        await Eventually.TrueAsync(async () => (await host.CheckPollingAsync()).Status == CheckStatus.Ok);
        await host.ReleasesAreAsync(1);
    }

    /// <summary>Starts a host, and waits for its first look.</summary>
    private async Task<IngressHost> WatchAsync(params string[] settings)
    {
        var host = await IngressHost.StartAsync(
            _data,
            owns: false,
            [
                "--ingress:repositories:2:name=acme/shop",
                $"--ingress:repositories:2:cloneurl={_repository.Path}",
                "--ingress:repositories:2:poll=00:00:01",
                // What is checked out is no branch of a server's.
                "--ingress:repositories:2:branch=main",
                .. settings,
            ]
        );
        await Eventually.TrueAsync(async () => (await host.LookedAtAsync()).Succeeded);
        return host;
    }
}
