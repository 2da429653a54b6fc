using Canary.GitHub;
using Canary.Hosting.Security;
using Canary.Hosting.Tests.Consul;
using Canary.Testing.GitHub;
using Microsoft.Extensions.Time.Testing;
using Octokit;

namespace Canary.Hosting.Tests.GitHub;

public sealed class GitHubApiTests
{
    private const string TokenRequest = "POST app/installations/27182/access_tokens";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_repository_is_found_as_an_App_and_with_a_token(bool asApp)
    {
        await using var fixture = await GitHubHost.StartAsync(asApp);

        var repository = await fixture.AskAsync();

        repository.Id.ShouldBe(fixture.Repository.Id);
        fixture.Api.LeftFor(GitHubHost.Shop).ShouldNotBeNull().Limit.ShouldBe(5000);
        fixture.Server.Requests[^1].Caller.ShouldBe(asApp ? GitHubCaller.Installation : GitHubCaller.Token);
    }

    [Fact]
    public async Task A_token_of_an_installation_serves_many_requests_at_once_and_is_renewed_before_it_ends()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var fixture = await GitHubHost.StartAsync(clock: clock);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => fixture.AskAsync()));
        fixture.Count(TokenRequest).ShouldBe(1);

        Pass(TimeSpan.FromMinutes(54));
        await fixture.AskAsync();
        fixture.Count(TokenRequest).ShouldBe(1);

        Pass(TimeSpan.FromMinutes(2));
        await fixture.AskAsync();
        fixture.Count(TokenRequest).ShouldBe(2);

        void Pass(TimeSpan span)
        {
            clock.Advance(span);
            fixture.Server.ClockSkew += span;
        }
    }

    [Fact]
    public async Task Tokens_that_were_revoked_are_replaced()
    {
        await using var fixture = await GitHubHost.StartAsync();
        await fixture.AskAsync();

        fixture.Server.RevokeTokens();

        (await fixture.AskAsync()).Id.ShouldBe(fixture.Repository.Id);
    }

    [Fact]
    public async Task An_App_that_was_removed_and_installed_again_is_found()
    {
        await using var fixture = await GitHubHost.StartAsync();
        await fixture.AskAsync();

        fixture.Server.InstallationId++;

        (await fixture.AskAsync()).Id.ShouldBe(fixture.Repository.Id);
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task A_clock_that_is_hours_wrong_keeps_nobody_out(int hours)
    {
        await using var fixture = await GitHubHost.StartAsync(clock: new SetClock(TimeSpan.FromHours(hours)));

        (await fixture.AskAsync()).Id.ShouldBe(fixture.Repository.Id);
    }

    [Fact]
    public async Task A_repeated_question_costs_nothing_while_nothing_changes()
    {
        await using var fixture = await GitHubHost.StartAsync();
        await fixture.AskAsync();
        var left = fixture.Server.RateLeft;

        (await fixture.AskAsync()).DefaultBranch.ShouldBe("main");
        fixture.Server.RateLeft.ShouldBe(left);

        fixture.Repository.DefaultBranch = "trunk";
        (await fixture.AskAsync()).DefaultBranch.ShouldBe("trunk");
    }

    [Fact]
    public async Task A_renamed_repository_is_found_by_its_old_name_and_by_its_id()
    {
        await using var fixture = await GitHubHost.StartAsync();
        fixture.Server.Rename(fixture.Repository, "initech/store");

        (await fixture.AskAsync()).FullName.ShouldBe("initech/store");
        var id = fixture.Repository.Id;
        (await fixture.Api.AskAsync(id, client => client.Repository.Get(id), default)).FullName.ShouldBe(
            "initech/store"
        );
        // 307 keeps what is sent.
        await fixture.Api.AskAsync(
            GitHubHost.Shop,
            client => client.Check.Run.Create("acme", "shop", new NewCheckRun("build", new string('a', 40))),
            default
        );
        fixture.Repository.CheckRuns.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(GitHubFaultKind.ServerError)]
    [InlineData(GitHubFaultKind.BadGateway)]
    [InlineData(GitHubFaultKind.BrokenOff)]
    [InlineData(GitHubFaultKind.Hang)]
    [InlineData(GitHubFaultKind.HangsWithinAnswer)]
    public async Task A_question_is_asked_again_when_its_answer_does_not_come(GitHubFaultKind fault)
    {
        await using var fixture = await GitHubHost.StartAsync();
        fixture.Server.Break("GET repos/acme/shop", fault, times: 1);

        (await fixture.AskAsync()).Id.ShouldBe(fixture.Repository.Id);
        fixture.Server.FaultsToCome.ShouldBe(0);
    }

    [Theory]
    [InlineData(GitHubFaultKind.Unauthorized, GitHubCodes.GithubCredentialsRefused)]
    [InlineData(GitHubFaultKind.ServerError, GitHubCodes.GithubUnreachable)]
    [InlineData(GitHubFaultKind.BadGateway, GitHubCodes.GithubUnreachable)]
    [InlineData(GitHubFaultKind.Hang, GitHubCodes.GithubUnreachable)]
    [InlineData(GitHubFaultKind.HangsWithinAnswer, GitHubCodes.GithubUnreachable)]
    [InlineData(GitHubFaultKind.BrokenOff, GitHubCodes.GithubUnreachable)]
    [InlineData(GitHubFaultKind.Truncated, GitHubCodes.GithubUnreachable)]
    [InlineData(GitHubFaultKind.PrimaryLimit, GitHubCodes.GithubLimited)]
    [InlineData(GitHubFaultKind.SecondaryLimit, GitHubCodes.GithubLimited)]
    [InlineData(GitHubFaultKind.TooManyRequests, GitHubCodes.GithubLimited)]
    [InlineData(GitHubFaultKind.Elsewhere, GitHubCodes.GithubError)]
    public async Task What_goes_wrong_is_said_with_a_code_and_a_remedy(GitHubFaultKind fault, string code)
    {
        await using var fixture = await GitHubHost.StartAsync();
        fixture.Server.Break("GET repos/acme/shop", fault, times: 10);
        fixture.Server.Break("GET repositories", fault, times: 10);

        var exception = await fixture.AskAsync().ShouldFailAsync(code);

        exception.Message.ShouldNotContain("ghs_");
        GitHubErrors
            .IsTransient(exception)
            .ShouldBe(code is GitHubCodes.GithubLimited or GitHubCodes.GithubUnreachable);
    }

    [Theory]
    [InlineData(GitHubFaultKind.PrimaryLimit)]
    [InlineData(GitHubFaultKind.SecondaryLimit)]
    [InlineData(GitHubFaultKind.TooManyRequests)]
    public async Task Nothing_is_asked_until_GitHub_allows_it_again(GitHubFaultKind fault)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var fixture = await GitHubHost.StartAsync(asApp: false, clock);
        fixture.Server.RetryAfter = TimeSpan.FromMinutes(10);
        fixture.Server.Break("repos/acme/shop", fault);

        var exception = await fixture.AskAsync().ShouldFailAsync(GitHubCodes.GithubLimited);
        GitHubErrors
            .WaitOf(exception)
            .ShouldNotBeNull()
            .ShouldBeInRange(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        await fixture.AskAsync().ShouldFailAsync(GitHubCodes.GithubLimited);
        fixture.Server.Requests.Count.ShouldBe(1);

        clock.Advance(TimeSpan.FromMinutes(11));
        await fixture.AskAsync();
    }

    [Theory]
    [InlineData(GitHubFaultKind.ServerError)]
    [InlineData(GitHubFaultKind.DoneAndAnswerLost)]
    [InlineData(GitHubFaultKind.DoneAfterHang)]
    public async Task What_changes_something_is_never_sent_again_blindly(GitHubFaultKind fault)
    {
        await using var fixture = await GitHubHost.StartAsync();
        fixture.Server.Break("POST repos/acme/shop/check-runs", fault);

        await fixture
            .Api.AskAsync(
                GitHubHost.Shop,
                client => client.Check.Run.Create("acme", "shop", new NewCheckRun("build", new string('a', 40))),
                default
            )
            .ShouldFailAsync(GitHubCodes.GithubUnreachable);

        fixture.Count("POST repos/acme/shop/check-runs").ShouldBe(1);
    }

    [Fact]
    public async Task A_missing_permission_is_named()
    {
        await using var fixture = await GitHubHost.StartAsync();
        fixture.Server.Permissions["checks"] = "read";

        var exception = await fixture
            .Api.AskAsync(
                GitHubHost.Shop,
                client => client.Check.Run.Create("acme", "shop", new NewCheckRun("build", new string('a', 40))),
                default
            )
            .ShouldFailAsync(GitHubCodes.GithubDenied);

        exception.Message.ShouldContain("checks=write");
    }

    [Fact]
    public async Task A_token_for_git_can_do_nothing_but_read_its_repository_and_logs_do_not_show_it()
    {
        await using var fixture = await GitHubHost.StartAsync();

        var token = await fixture.Api.CloneTokenAsync(GitHubHost.Shop, default);

        var asked = fixture.Server.Requests.Last(it => it.Text == TokenRequest).Body!;
        asked["repository_ids"]!.ToJsonString().ShouldBe($"[{fixture.Repository.Id}]");
        asked["permissions"]!.ToJsonString().ShouldBe("""{"contents":"read"}""");
        fixture.Host.Get<KnownSecrets>().Read().Select(System.Text.Encoding.UTF8.GetString).ShouldContain(token);
        (await fixture.Api.CloneTokenAsync(GitHubHost.Shop, default)).ShouldBe(token);
    }

    [Fact]
    public async Task A_new_token_in_the_file_holds_at_once()
    {
        await using var fixture = await GitHubHost.StartAsync(asApp: false);
        await File.WriteAllTextAsync(fixture.SecretFile, "of yesterday");
        await fixture.AskAsync().ShouldFailAsync(GitHubCodes.GithubCredentialsRefused);

        await File.WriteAllTextAsync(fixture.SecretFile, GitHubServer.Token);

        await fixture.AskAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("no key")]
    public async Task A_file_that_holds_no_key_is_named(string content)
    {
        await using var fixture = await GitHubHost.StartAsync();
        await File.WriteAllTextAsync(fixture.SecretFile, content);

        var exception = await fixture.AskAsync().ShouldFailAsync(GitHubCodes.GithubCredentialsUnreadable);

        exception.Message.ShouldContain(fixture.SecretFile);
    }

    [Fact]
    public async Task A_repository_that_the_App_is_not_installed_on_is_not_found()
    {
        await using var fixture = await GitHubHost.StartAsync();
        fixture.Repository.IsGranted = false;

        await fixture.AskAsync().ShouldFailAsync(GitHubCodes.GithubNotFound);
    }

    [Fact]
    public async Task Without_App_and_token_nothing_is_asked()
    {
        await using var host = await TestHost.StartAsync(module => module.Host.AddGitHub());
        var api = host.Get<GitHubApi>();

        api.IsUsed.ShouldBeFalse();
        await api.AskAsync(GitHubHost.Shop, client => client.Repository.Get("acme", "shop"), default)
            .ShouldFailAsync(GitHubCodes.GithubNotConfigured);
    }
}
