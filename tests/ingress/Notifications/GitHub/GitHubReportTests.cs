using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;
using Canary.Testing.GitHub;

namespace Canary.Ingress.Tests.Notifications.GitHub;

public sealed class GitHubReportTests
{
    private static readonly string[] All =
    [
        "canary/shop/build",
        "canary/shop/package",
        "canary/shop/canary",
        "canary/shop/production",
    ];

    [Fact]
    public async Task A_release_is_shown_beside_its_commit_from_build_to_production()
    {
        await using var fixture = await ReportFixture.StartAsync();
        var push = fixture.Push();

        await fixture.ReleaseIsAsync(push, 1, ReleaseStates.Building);
        await fixture.ToldAsync(push);
        Shown().ShouldBe(["in_progress", "queued", "queued", "queued"]);
        fixture.DeploymentsOf(push).ShouldBeEmpty();

        await fixture.ReleaseIsAsync(push, 2, ReleaseStates.Publishing);
        await fixture.ToldAsync(push);
        await Eventually.TrueAsync(() => Shown() is ["success", "in_progress", "queued", "queued"]);

        await fixture.ReleaseIsAsync(push, 3, ReleaseStates.RollingOut);
        await fixture.RolloutIsAsync(
            push,
            1,
            RolloutStates.Soaking,
            ("preflight", StageState.Succeeded),
            ("canary", StageState.Succeeded),
            ("soak", StageState.Running),
            ("promotion", StageState.Pending),
            ("wave-1", StageState.Pending)
        );
        await Eventually.TrueAsync(() => Shown() is ["success", "success", "in_progress", "queued"]);
        await fixture.ToldAsync(push);
        fixture.DeploymentsOf(push).Keys.ShouldBe(["canary"]);

        await fixture.RolloutIsAsync(push, 2, RolloutStates.Completed, ReportFixture.Everything(StageState.Succeeded));
        await fixture.ReleaseIsAsync(push, 4, ReleaseStates.Completed);
        await Eventually.TrueAsync(() => Shown() is ["success", "success", "success", "success"]);
        await fixture.ToldAsync(push);

        fixture.DeploymentsOf(push)["canary"].ShouldBe(["in_progress", "success"]);
        fixture.DeploymentsOf(push)["production"][^1].ShouldBe("success");
        fixture.CheckRunsOf(push).ShouldBe(4);
        var link = $"https://canary.example.org/#/releases/{push.ReleaseId}";
        fixture.Repository.CheckRuns.ShouldAllBe(run => ReportFixture.Text(run, "details_url") == link);
        fixture
            .Repository.DeploymentStatuses.Values.SelectMany(it => it)
            .ShouldAllBe(status => ReportFixture.Text(status, "log_url") == link);

        string[] Shown() => [.. All.Select(name => fixture.ChecksOf(push).GetValueOrDefault(name, ""))];
    }

    [Fact]
    public async Task A_release_that_is_known_to_have_completed_before_its_hosts_are_has_not_failed()
    {
        await using var fixture = await ReportFixture.StartAsync();
        var push = fixture.Push();
        await fixture.ReleaseIsAsync(push, 1, ReleaseStates.RollingOut);
        await fixture.RolloutIsAsync(
            push,
            1,
            RolloutStates.Soaking,
            ("canary", StageState.Succeeded),
            ("soak", StageState.Running),
            ("wave-1", StageState.Pending)
        );
        await fixture.ToldAsync(push);

        await fixture.ReleaseIsAsync(push, 2, ReleaseStates.Completed);
        await fixture.ToldAsync(push);
        await fixture.RolloutIsAsync(push, 2, RolloutStates.Completed, ReportFixture.Everything(StageState.Succeeded));

        await Eventually.TrueAsync(() => fixture.DeploymentsOf(push)["canary"] is ["in_progress", "success"]);
    }

    [Fact]
    public async Task With_a_token_there_are_statuses_in_place_of_check_runs()
    {
        await using var fixture = await ReportFixture.StartAsync(asApp: false);
        var push = fixture.Push();

        await fixture.CompleteAsync(push);
        await Eventually.TrueAsync(() => fixture.ChecksOf(push).Values.Count(state => state == "success") == 4);
        await fixture.ToldAsync(push);

        fixture.ChecksOf(push).Keys.ShouldBe(All, ignoreOrder: true);
        fixture.Repository.CheckRuns.ShouldBeEmpty();
        fixture.DeploymentsOf(push)["production"][^1].ShouldBe("success");
    }

    [Fact]
    public async Task A_build_that_fails_says_why_and_what_to_do_and_what_follows_is_neutral()
    {
        await using var fixture = await ReportFixture.StartAsync();
        var push = fixture.Push();

        await fixture.ReleaseIsAsync(
            push,
            1,
            ReleaseStates.Failed,
            Told.Broken with
            {
                Message = "script/cibuild said: ![x](http://evil.example/x.png) @ada <b>",
            }
        );
        await fixture.ToldAsync(push);

        fixture
            .ChecksOf(push)
            .ShouldBe(
                new Dictionary<string, string>
                {
                    ["canary/shop/build"] = "failure",
                    ["canary/shop/package"] = "neutral",
                    ["canary/shop/canary"] = "neutral",
                    ["canary/shop/production"] = "neutral",
                },
                ignoreOrder: true
            );
        fixture.DeploymentsOf(push).ShouldBeEmpty();
        var output = fixture.Repository.CheckRuns.Single(run => run["conclusion"]!.ToString() == "failure")["output"]!;
        output["summary"]!
            .ToString()
            .ShouldBe("script/cibuild said: \\!\\[x\\]\\(http://evil\\.example/x\\.png\\) @\u200Bada \\<b\\>");
        output["text"]!.ToString().ShouldBe("Mend it &amp; push again\\.");
    }

    [Fact]
    public async Task A_superseded_release_is_neutral_and_a_branch_that_does_not_deploy_has_its_build_only()
    {
        await using var fixture = await ReportFixture.StartAsync();
        var superseded = fixture.Push();
        var branch = fixture.Push() with { Deploys = false };

        await fixture.ReleaseIsAsync(superseded, 1, ReleaseStates.Superseded);
        await fixture.Host.PublishAsync(Snapshots.Release(branch, 1, ReleaseStates.Completed));
        await fixture.ToldAsync(superseded, branch);

        fixture.ChecksOf(superseded)["canary/shop/production"].ShouldBe("neutral");
        fixture.ChecksOf(branch).ShouldBe(new Dictionary<string, string> { ["canary/shop/build"] = "success" });
    }

    [Fact]
    public async Task What_took_the_place_of_another_and_was_rolled_back_is_seen_in_both_environments()
    {
        await using var fixture = await ReportFixture.StartAsync();
        var first = fixture.Push();
        var second = fixture.Push();
        var third = fixture.Push();

        await fixture.CompleteAsync(first, number: 1);
        await Eventually.TrueAsync(() => StateOf(first, "production") == "success");
        await fixture.ToldAsync(first);
        await fixture.CompleteAsync(second, number: 2);
        await Eventually.TrueAsync(() => StateOf(second, "production") == "success");
        await fixture.ToldAsync(second);
        (StateOf(first, "canary"), StateOf(first, "production")).ShouldBe(("inactive", "inactive"));

        await fixture.ReleaseIsAsync(third, 1, ReleaseStates.RollingOut, number: 3);
        await fixture.RolloutIsAsync(
            third,
            1,
            RolloutStates.DeployingWave,
            ReportFixture.Everything(StageState.Running)
        );
        await Eventually.TrueAsync(() => StateOf(second, "canary") == "inactive");
        await fixture.RolloutIsAsync(third, 2, RolloutStates.RollingBack, ReportFixture.Everything(StageState.Failed));
        await fixture.RolloutIsAsync(third, 3, RolloutStates.RolledBack, ReportFixture.Everything(StageState.Failed));
        await fixture.ReleaseIsAsync(third, 2, ReleaseStates.RolledBack, number: 3);
        await Eventually.TrueAsync(() => StateOf(third, "canary") == "inactive");
        // What came of hosts may be heard after what came of their release.
        await Eventually.TrueAsync(() => StateOf(third, "production") == "failure");
        await fixture.ToldAsync(third);

        fixture.ChecksOf(third)["canary/shop/canary"].ShouldBe("success");
        fixture.ChecksOf(third)["canary/shop/production"].ShouldBe("failure");
        (StateOf(second, "canary"), StateOf(second, "production")).ShouldBe(("success", "success"));

        string? StateOf(PushReceived push, string environment) =>
            fixture.DeploymentsOf(push).GetValueOrDefault(environment)?.LastOrDefault();
    }

    [Fact]
    public async Task What_is_deployed_again_is_a_deployment_and_no_check_of_its_commit()
    {
        await using var fixture = await ReportFixture.StartAsync();
        var push = fixture.Push();

        await fixture.Host.PublishAsync(
            Snapshots.Release(push, 1, ReleaseStates.RollingOut) with
            {
                Number = 1,
                Stages = [],
                Deployment = new Deployment
                {
                    Of = Guid.NewGuid(),
                    Version = "1.0-1",
                    By = "grace",
                    Reason = "the new one is slow",
                },
            }
        );
        await fixture.RolloutIsAsync(
            push,
            1,
            RolloutStates.DeployingWave,
            ReportFixture.Everything(StageState.Running)
        );
        await Eventually.TrueAsync(() => fixture.DeploymentsOf(push).ContainsKey("production"));
        await fixture.ToldAsync(push);

        fixture.ChecksOf(push).ShouldBeEmpty();
        fixture.Repository.Deployments.ShouldAllBe(it =>
            ReportFixture.Text(it, "description") == "shop 1.0-1 again, by grace: the new one is slow"
        );
    }

    [Fact]
    public async Task Two_applications_of_one_repository_have_checks_and_environments_of_their_own()
    {
        await using var fixture = await ReportFixture.StartAsync();
        var shop = fixture.Push();
        var worker = fixture.Push("shop-worker") with { Source = shop.Source };

        await fixture.CompleteAsync(shop);
        await fixture.CompleteAsync(worker);
        await Eventually.TrueAsync(() => fixture.DeploymentsOf(shop).Count == 4);
        await fixture.ToldAsync(shop, worker);
        await Eventually.TrueAsync(() =>
            fixture.DeploymentsOf(shop).Values.All(states => states.LastOrDefault() == "success")
        );

        fixture.ChecksOf(shop).Count.ShouldBe(8);
        fixture
            .DeploymentsOf(shop)
            .Keys.ShouldBe(["canary", "production", "shop-worker-canary", "shop-worker-production"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_is_not_at_this_GitHub_is_not_told()
    {
        await using var fixture = await ReportFixture.StartAsync();

        var elsewhere = Told.Push();
        await fixture.ReleaseIsAsync(elsewhere, 1, ReleaseStates.Building);
        await fixture.ToldAsync(elsewhere);

        fixture.Server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task While_GitHub_is_away_releases_go_on_and_then_it_is_told_the_latest_only()
    {
        await using var fixture = await ReportFixture.StartAsync();
        await fixture.Server.GoDownAsync();
        var push = fixture.Push();
        await fixture.CompleteAsync(push);
        await Eventually.TrueAsync(async () => (await fixture.CheckAsync()).Text("status") == "warning");
        (await fixture.CheckAsync()).Text("detail").ShouldContain("cannot be asked");

        await fixture.Server.GoUpAsync();
        await fixture.ToldAsync(push);
        await fixture.IsWellAsync();

        fixture.ChecksOf(push).Values.ShouldBe(["success", "success", "success", "success"]);
        fixture.Server.Requests.Count(it => it.Text == "POST repos/acme/shop/check-runs").ShouldBe(4);
        fixture.Server.Requests.ShouldNotContain(it => it.Method == "PATCH");
    }

    [Fact]
    public async Task One_repository_that_the_App_may_not_use_holds_up_no_other()
    {
        await using var fixture = await ReportFixture.StartAsync();
        fixture.Server.AddRepository("acme/secret").IsGranted = false;
        var refused = fixture.Push("secret", "acme/secret");
        var push = fixture.Push();

        await fixture.ReleaseIsAsync(refused, 1, ReleaseStates.Building);
        await Eventually.TrueAsync(async () => (await fixture.CheckAsync()).Text("status") == "warning");
        await fixture.ReleaseIsAsync(push, 1, ReleaseStates.Building);
        await Eventually.TrueAsync(() => fixture.ChecksOf(push).Count == 4);

        fixture.Server.Repositories[^1].IsGranted = true;
        await fixture.ToldAsync(refused, push);
        fixture.Server.Repositories[^1].CheckRuns.Count.ShouldBe(4);
    }

    [Fact]
    public async Task What_stays_refused_is_given_up_and_the_doctor_says_so()
    {
        await using var fixture = await ReportFixture.StartAsync(
            asApp: true,
            "--ingress:notifications:giveupafter=00:00:01"
        );
        fixture.Server.Permissions["checks"] = "read";
        var push = fixture.Push();

        await fixture.ReleaseIsAsync(push, 1, ReleaseStates.Building);
        await fixture.ToldAsync(push);

        // It is counted a moment after nothing waits any more.
        await Eventually.TrueAsync(async () =>
            (await fixture.CheckAsync()).Text("detail").Contains("1 given up", StringComparison.Ordinal)
        );
        var check = await fixture.CheckAsync();
        check.Text("status").ShouldBe("warning");
        check.Text("detail").ShouldContain("checks=write");
    }

    [Fact]
    public async Task A_renamed_repository_goes_on_being_told()
    {
        await using var fixture = await ReportFixture.StartAsync();
        var push = fixture.Push();
        await fixture.ReleaseIsAsync(push, 1, ReleaseStates.Building);
        await fixture.ToldAsync(push);

        fixture.Server.Rename(fixture.Repository, "initech/store");
        await fixture.CompleteAsync(push with { });
        await fixture.ReleaseIsAsync(push, 5, ReleaseStates.Completed);
        await Eventually.TrueAsync(() => fixture.ChecksOf(push)["canary/shop/production"] == "success");
        await fixture.ToldAsync(push);

        fixture.CheckRunsOf(push).ShouldBe(4);
        fixture.DeploymentsOf(push)["production"][^1].ShouldBe("success");
    }

    [Fact]
    public async Task The_doctor_says_what_is_missing_in_which_repository_and_which_was_renamed()
    {
        await using var fixture = await ReportFixture.StartAsync(
            asApp: true,
            "--ingress:repositories:2:name=acme/shop",
            "--ingress:repositories:3:name=acme/secret"
        );
        fixture.Server.AddRepository("acme/secret");
        (await fixture.CheckAsync("github")).Text("detail").ShouldContain("Canary of Acme");
        var well = await fixture.CheckAsync("github-repositories");
        well.Text("detail").ShouldStartWith("2 of the 2 repositories that are listed by name can be used. ");

        fixture.Server.Permissions["deployments"] = "read";
        fixture.Server.Repositories[^1].IsGranted = false;
        fixture.Server.Rename(fixture.Repository, "initech/store");

        await Eventually.TrueAsync(async () =>
        {
            var check = await fixture.CheckAsync("github-repositories");
            var detail = check.Text("detail");
            return check.Text("status") == "warning"
                && detail.Contains("acme/shop is called initech/store now.", StringComparison.Ordinal)
                && detail.Contains("In acme/shop the App lacks deployments: write.", StringComparison.Ordinal)
                && detail.Contains("acme/secret: ", StringComparison.Ordinal);
        });
    }
}
