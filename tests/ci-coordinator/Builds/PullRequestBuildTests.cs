using Canary.CiCoordinator.Builds;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds;

/// <summary>Heads of pull requests: built as any commit, with nothing in hand that they could spoil or carry away.</summary>
public sealed class PullRequestBuildTests : IAsyncLifetime
{
    private const int Number = 12;

    private const string Passed = "CANARY_TEST_PASSED_ON";

    private const string Tell =
        "echo branch=$CANARY_BRANCH number=$CANARY_PULL_REQUEST passed=$"
        + Passed
        + "; cat \"$CANARY_CACHE/hats\" 2>/dev/null || echo no hats; "
        + "if [ -n \"$CANARY_SECRETS\" ]; then ls \"$CANARY_SECRETS\"; else echo no secrets; fi; "
        + "echo poison >> \"$CANARY_CACHE/hats\"";

    private readonly WatchedSecret _secret = new();
    private BuildPlace _place = null!;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable(Passed, "along");
        _place = await BuildPlace.MakeAsync();
        _place.Options.PassEnvironment = [Passed];
        _place.Options.Applications = [_secret.For("shop", "acme/shop")];
        _place.Repository.WithConventionScripts(build: "echo hats > \"$CANARY_CACHE/hats\"");
        var (outcome, log) = await _place.BuildAsync();
        outcome.ShouldBeOfType<BuildSucceeded>(log);
    }

    public async ValueTask DisposeAsync()
    {
        await _place.DisposeAsync();
        _secret.Dispose();
    }

    [Fact]
    public async Task A_head_finds_the_cache_and_changes_nothing_of_it()
    {
        var (built, log) = await _place.BuildAsync(await HeadAsync(Tell, isFork: false));

        built.Failure.ShouldBeNull(log);
        built.Number.ShouldBe(Number);
        log.ShouldContain("\nbranch=pull/12/head number=12 passed=along\nhats\nno secrets\n");
        await ReleasesFindHatsOnlyAsync();
    }

    [Fact]
    public async Task A_fork_gets_no_cache_no_secret_and_nothing_of_the_environment()
    {
        var (built, log) = await _place.BuildAsync(await HeadAsync(Tell, isFork: true));

        built.Failure.ShouldBeNull(log);
        log.ShouldStartWith("==> Without secrets, cache and environment: the commit comes from a fork\n");
        log.ShouldContain("\nbranch=pull/12/head number=12 passed=\nno hats\nno secrets\n");
        await ReleasesFindHatsOnlyAsync();
        await _place.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_command_that_says_it_deploys_gets_no_more()
    {
        var command = await HeadAsync(Tell, isFork: true);

        var (_, log) = await _place.BuildAsync(command with { Build = command.Build with { Deploys = true } });

        log.ShouldContain("\nno hats\nno secrets\n");
        await ReleasesFindHatsOnlyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_that_is_not_the_head_is_not_built(bool isFork)
    {
        var announced = await HeadAsync("echo announced", isFork);
        await HeadAsync("echo newer", isFork);

        var (built, log) = await _place.BuildAsync(announced);

        built.HasMoved.ShouldBeTrue();
        built.IsSkipped.ShouldBeTrue();
        built.Failure!.Code.ShouldBe("pull-request-moved");
        log.ShouldNotContain("\nannounced\n");
        log.ShouldNotContain("\nnewer\n");
    }

    [Fact]
    public async Task A_pull_request_that_is_not_there_is_not_built()
    {
        var command = await HeadAsync("exit 0", isFork: false);
        await _place.Repository.GitAsync("update-ref", "-d", "refs/pull/12/head");

        var (built, _) = await _place.BuildAsync(command);

        built.Failure!.Code.ShouldBe("branch-missing");
        built.Failure.Message.ShouldContain("has no pull request 12");
    }

    [Fact]
    public async Task A_build_that_fails_says_why()
    {
        var (built, _) = await _place.BuildAsync(await HeadAsync("exit 3", isFork: false));

        built.IsSkipped.ShouldBeFalse();
        built.Failure!.Code.ShouldBe("script-failed");
    }

    [Fact]
    public async Task A_fork_is_not_built_without_a_sandbox_and_a_branch_of_its_own_is()
    {
        _place.Options.UnsafeScriptsOnThisMachine = true;

        var (fork, _) = await _place.BuildAsync(await HeadAsync(Tell, isFork: true));
        var (own, log) = await _place.BuildAsync(await HeadAsync(Tell, isFork: false));

        fork.Failure!.Code.ShouldBe("fork-needs-sandbox");
        fork.IsSkipped.ShouldBeTrue();
        own.Failure.ShouldBeNull(log);
    }

    [Fact]
    public async Task A_provider_that_builds_none_says_so()
    {
        _place.Options.Provider = NoBuildProvider.ProviderName;

        var (built, _) = await _place.BuildAsync(await HeadAsync("exit 0", isFork: false));

        built.IsSkipped.ShouldBeTrue();
        built.HasMoved.ShouldBeFalse();
        built.Failure!.Message.ShouldBe("Not built: The provider none builds nothing.");
    }

    [Fact]
    public async Task A_head_is_fetched_over_the_network_by_its_id()
    {
        await using var server = await GitHttpServer.StartAsync(_place.Repository);
        var head = await HeadAsync(Tell, isFork: true);
        await _place.Repository.GitAsync("checkout", "--quiet", "main");

        var (built, log) = await _place.BuildAsync(At(server, head));

        built.Failure.ShouldBeNull(log);
        log.ShouldContain("\nno hats\nno secrets\n");
    }

    [Fact]
    public async Task What_was_pushed_after_the_approval_is_not_even_fetched()
    {
        await using var server = await GitHttpServer.StartAsync(_place.Repository);
        var approved = await HeadAsync("echo approved", isFork: true);
        await HeadAsync("echo newer", isFork: true);
        var copies = _place.Copies;

        var (built, _) = await _place.BuildAsync(At(server, approved));

        built.HasMoved.ShouldBeTrue();
        _place.Copies.ShouldBe(copies);
    }

    [Fact]
    public async Task Releases_do_not_wait_while_the_head_is_asked_for()
    {
        await using var server = await GitHttpServer.StartAsync(_place.Repository);
        var head = At(server, await HeadAsync(Tell, isFork: true)).Build;
        await _place.Repository.GitAsync("checkout", "--quiet", "main");
        var release = _place.Command(await _place.Repository.CommitAsync(), "main");
        using var stop = new CancellationTokenSource();
        server.Fails = GitHttpServer.Fault.Hang;
        var asking = _place.Job().RunAsync(head, stop.Token);
        await Eventually.TrueAsync(() => server.Asked == 1);
        server.Fails = GitHttpServer.Fault.None;

        var releasing = _place.BuildAsync(release with { Source = At(server, release.Source) });

        (await Task.WhenAny(releasing, asking)).ShouldBe(releasing);
        (await releasing).Outcome.ShouldBeOfType<BuildSucceeded>();
        await stop.CancelAsync();
        await asking.ShouldThrowAsync<OperationCanceledException>();
    }

    private static SourceReference At(GitHttpServer server, SourceReference source) =>
        source with
        {
            CloneUrl = server.Address,
        };

    private static BuildPullRequest At(GitHttpServer server, BuildPullRequest command) =>
        command with
        {
            Build = command.Build with { Source = At(server, command.Build.Source) },
        };

    /// <summary>Makes a commit that no branch has the head of a pull request.</summary>
    private async Task<BuildPullRequest> HeadAsync(string script, bool isFork)
    {
        await _place.Repository.GitAsync("checkout", "--quiet", "--detach");
        _place.Repository.WithConventionScripts(build: script);
        var commit = await _place.Repository.CommitAsync();
        await _place.Repository.GitAsync("update-ref", "refs/pull/12/head", commit);
        return new BuildPullRequest
        {
            Build = _place.Command(commit, "pull/12/head") with
            {
                Deploys = false,
                PullRequest = new PullRequestReference { Number = Number, IsFork = isFork },
            },
        };
    }

    private async Task ReleasesFindHatsOnlyAsync()
    {
        _place.Repository.WithConventionScripts(build: "sed s/^/kept-/ \"$CANARY_CACHE/hats\"");
        var (_, log) = await _place.BuildAsync();
        log.ShouldContain("\nkept-hats\n");
        log.ShouldNotContain("kept-poison");
    }
}
