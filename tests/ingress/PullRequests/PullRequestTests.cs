using System.Buffers;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Releases;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Repositories;
using Canary.Ingress.Webhooks.Sources.GitHub;

namespace Canary.Ingress.Tests.PullRequests;

/// <summary>What webhooks about pull requests lead to, in any order.</summary>
public sealed class PullRequestTests
{
    private static readonly PullRequestEvent Opened = new();

    private static PullRequestEvent Synchronized(int second) => new() { Action = "synchronize", Second = second };

    [Fact]
    public async Task The_head_of_a_branch_of_the_repository_is_built_and_nothing_is_released()
    {
        await using var pulls = await PullRequestFixture.StartAsync();

        var commit = await pulls.PushAsync(Opened);

        var order = await pulls.OrderedAsync(commit);
        order.Build.Deploys.ShouldBeFalse();
        order.Build.PullRequest.ShouldBe(new PullRequestReference { Number = 12, IsFork = false });
        order.Build.Source.Branch.ShouldBe("pull/12/head");
        order.Build.Source.CloneUrl.ShouldBe(pulls.Repository.Path);
        await pulls.EndAsync(order);
        await pulls.BuildsAreAsync($"{commit} Succeeded");
        (await pulls.Host.GetAsync("/api/releases")).GetProperty("releases").GetArrayLength().ShouldBe(0);
        pulls.Host.Sent.Of<PushReceived>().ShouldBeEmpty();
        var listed = (await pulls.Host.GetAsync("/api/pulls?application=shop")).GetProperty("pullRequests")[0];
        listed.Text("title").ShouldBe("Sell hats");
        listed.Text("author").ShouldBe("ada");
        (await pulls.Host.GetAsync("/api/pulls?application=blog"))
            .GetProperty("pullRequests")
            .GetArrayLength()
            .ShouldBe(0);
    }

    [Fact]
    public async Task Without_the_option_nothing_is_built()
    {
        await using var host = await IngressHost.StartAsync();

        using var answer = await host.DeliverAsync(new PullRequestEvent().ToJson(), "pull_request");

        (await answer.ShouldBeAsync(HttpStatusCode.OK)).Text("code").ShouldBe("pull-requests-off");
        (await host.GetAsync("/api/pulls?all=true")).GetProperty("pullRequests").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("labeled")]
    [InlineData("edited")]
    public async Task What_changes_no_head_is_ignored(string action)
    {
        await using var pulls = await PullRequestFixture.StartAsync();

        await pulls.DeliverAsync(Opened with { Action = action }, "ignored");
    }

    [Fact]
    public async Task An_unsigned_delivery_is_refused()
    {
        await using var pulls = await PullRequestFixture.StartAsync();

        using var answer = await pulls.Host.DeliverAsync(
            Opened.ToJson(),
            "pull_request",
            signature: $"sha256={new string('0', 64)}"
        );

        await answer.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "signature-invalid");
    }

    [Fact]
    public async Task Deliveries_that_come_again_begin_no_second_build()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var commit = await pulls.MoveAsync();

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => pulls.DeliverAsync(Opened with { Commit = commit })));
        var order = await pulls.OrderedAsync(commit);
        await pulls.EndAsync(order);
        await pulls.BuildsAreAsync($"{commit} Succeeded");
        await pulls.DeliverAsync(Opened with { Commit = commit });
        await pulls.EndAsync(
            order,
            new Failure
            {
                Code = "late",
                Message = "Late.",
                Remedy = "Nothing.",
            }
        );
        var next = await pulls.PushAsync(Synchronized(1));

        await pulls.OrderedAsync(next);
        await pulls.BuildsAreAsync($"{next} Building", $"{commit} Succeeded");
        pulls.Host.Sent.Of<BuildPullRequest>().Select(it => it.Build.JobId).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_push_cancels_the_build_before_it_and_a_late_delivery_does_not_bring_it_back()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var first = await pulls.PushAsync(Opened);
        var order = await pulls.OrderedAsync(first);

        var second = await pulls.PushAsync(Synchronized(5));
        await pulls.CancelledAsync(order);
        await pulls.DeliverAsync(Synchronized(3) with { Commit = first });
        await pulls.EndAsync(order);

        await pulls.BuildsAreAsync($"{second} Building", $"{first} Cancelled");
        var third = await pulls.PushAsync(Synchronized(7));
        await pulls.BuildsAreAsync($"{third} Building", $"{second} Cancelled", $"{first} Cancelled");
    }

    [Fact]
    public async Task The_repository_says_what_the_head_is_whatever_is_announced()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var head = await pulls.MoveAsync();

        await pulls.DeliverAsync(Opened with { Commit = Push.NewCommit() });

        await pulls.OrderedAsync(head);
        await pulls.BuildsAreAsync($"{head} Building");
    }

    /// <summary>GitHub's references follow a moment after its webhooks.</summary>
    [Fact]
    public async Task A_head_that_the_repository_does_not_know_yet_is_looked_for_again()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var commit = await pulls.Repository.CommitAsync();

        await pulls.DeliverAsync(Opened with { Commit = commit });
        await pulls.MoveAsync(commit);

        await pulls.OrderedAsync(commit);
    }

    [Fact]
    public async Task Closing_cancels_and_reopening_builds_again()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var commit = await pulls.PushAsync(Opened);
        var order = await pulls.OrderedAsync(commit);

        await pulls.DeliverAsync(
            new PullRequestEvent
            {
                Action = "closed",
                Commit = commit,
                Second = 5,
            }
        );
        await pulls.CancelledAsync(order);
        // It was on its way when the pull request was closed.
        await pulls.DeliverAsync(Synchronized(3) with { Commit = commit });
        await pulls.BuildsAreAsync($"{commit} Cancelled");
        (await pulls.Host.GetAsync("/api/pulls")).GetProperty("pullRequests").GetArrayLength().ShouldBe(0);

        await pulls.DeliverAsync(
            new PullRequestEvent
            {
                Action = "reopened",
                Commit = commit,
                Second = 9,
            }
        );

        await pulls.BuildsAreAsync($"{commit} Building", $"{commit} Cancelled");
    }

    [Fact]
    public async Task A_head_that_moved_before_its_build_began_is_looked_at_again()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var first = await pulls.PushAsync(Opened);
        var order = await pulls.OrderedAsync(first);
        var second = await pulls.MoveAsync();

        await pulls.EndAsync(
            order,
            new Failure
            {
                Code = "pull-request-moved",
                Message = "It moved.",
                Remedy = "Nothing.",
            },
            hasMoved: true
        );

        await pulls.OrderedAsync(second);
        await pulls.BuildsAreAsync($"{second} Building", $"{first} Cancelled");
    }

    [Fact]
    public async Task A_build_that_has_ended_is_done_again_when_a_person_says_so()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var commit = await pulls.PushAsync(Opened);
        var order = await pulls.OrderedAsync(commit);
        var path = new Uri("/api/pulls/shop/12/retry", UriKind.Relative);
        using var early = await pulls.Host.Operator.PostAsJsonAsync(path, new { by = "grace" });
        await early.ShouldBeProblemAsync(HttpStatusCode.Conflict, "pull-request-not-ended");
        await pulls.EndAsync(
            order,
            new Failure
            {
                Code = "script-failed",
                Message = "No.",
                Remedy = "Correct it.",
            }
        );
        await pulls.BuildsAreAsync($"{commit} Failed");

        using var answer = await pulls.Host.Operator.PostAsJsonAsync(path, new { by = "grace" });

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await pulls.BuildsAreAsync($"{commit} Building", $"{commit} Failed");
        using var reader = await pulls.Host.Reader.PostAsJsonAsync(path, new { by = "grace" });
        reader.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_command_that_was_lost_is_sent_again_until_it_is_answered()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var commit = await pulls.PushAsync(Opened);

        await Testing.Eventually.TrueAsync(() => pulls.Host.Sent.Of<BuildPullRequest>().Count >= 3);

        pulls.Host.Sent.Of<BuildPullRequest>().Select(it => it.Build.JobId).Distinct().ShouldHaveSingleItem();
        await pulls.BuildsAreAsync($"{commit} Building");
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_by_the_doctor_and_tried_again()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var away = pulls.Repository.Path + ".away";
        var commit = await pulls.MoveAsync();
        Directory.Move(pulls.Repository.Path, away);

        await pulls.DeliverAsync(Opened with { Commit = commit });

        await Testing.Eventually.TrueAsync(async () => (await CheckAsync(pulls)).Text("status") != "ok");
        Directory.Move(away, pulls.Repository.Path);
        await pulls.OrderedAsync(commit);
        await Testing.Eventually.TrueAsync(async () => (await CheckAsync(pulls)).Text("status") == "ok");
    }

    [Fact]
    public async Task The_log_of_a_build_is_read_as_that_of_a_stage()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var commit = await pulls.PushAsync(Opened);
        var order = await pulls.OrderedAsync(commit);
        using (var none = await pulls.Host.Anonymous.GetAsync(new Uri("/api/pulls/shop/12/logs", UriKind.Relative)))
        {
            await none.ShouldBeProblemAsync(HttpStatusCode.NotFound, "log-unknown");
        }

        using var sent = await pulls.Host.Service.PutAsync(
            new Uri($"/internal/releases/{order.Build.ReleaseId}/logs/build", UriKind.Relative),
            new ByteArrayContent(Encoding.UTF8.GetBytes("==> script/cibuild\n"))
        );
        sent.StatusCode.ShouldBe(HttpStatusCode.OK);
        var following = pulls.Host.Anonymous.GetStringAsync(
            new Uri($"/api/pulls/shop/12/logs?follow=true&commit={commit[..7]}", UriKind.Relative)
        );
        await pulls.EndAsync(order);

        (await following).ShouldBe("==> script/cibuild\n");
    }

    [Theory]
    [InlineData("\"number\":12", "\"number\":0", "pull-request-invalid")]
    [InlineData("\"sha\":", "\"ash\":", "commit-invalid")]
    [InlineData("\"base\":", "\"face\":", "pull-request-invalid")]
    public async Task What_every_pull_request_has_must_be_there(string part, string other, string code)
    {
        await using var pulls = await PullRequestFixture.StartAsync();

        using var answer = await pulls.Host.DeliverAsync(
            Opened.ToJson().Replace(part, other, StringComparison.Ordinal),
            "pull_request"
        );

        await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, code);
    }

    [Theory]
    [InlineData("opened", PullRequestEvent.BaseId + 1)]
    [InlineData("closed", PullRequestEvent.BaseId + 1)]
    [InlineData("closed", null)]
    public async Task Whoever_speaks_for_one_repository_speaks_for_no_pull_request_of_another(string action, long? id)
    {
        await using var pulls = await PullRequestFixture.StartAsync("--ingress:repositories:0:pullrequests=true");
        var commit = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{commit} Building");

        using var answer = await pulls.Host.DeliverAsync(
            new PullRequestEvent
            {
                Action = action,
                Repository = "acme/blog",
                RepositoryId = id,
                Second = 59,
            }.ToJson(),
            "pull_request"
        );

        await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, "pull-request-invalid");
        await pulls.BuildsAreAsync($"{commit} Building");
    }

    [Fact]
    public async Task Nor_does_it_by_claiming_the_id_of_the_other()
    {
        const string SecretOfEvil = "a secret of evil alone";
        await using var pulls = await PullRequestFixture.StartAsync(
            "--ingress:repositories:3:name=evil/*",
            "--ingress:repositories:3:pullrequests=true",
            $"--ingress:repositories:3:webhooksecrets:0={SecretOfEvil}"
        );
        var commit = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{commit} Building");
        var told = new PullRequestEvent
        {
            Action = "closed",
            Repository = "evil/hats",
            Second = 59,
        }.ToJson();

        using var answer = await pulls.Host.DeliverAsync(
            told,
            "pull_request",
            signature: GitHubSignature.Of(Encoding.UTF8.GetBytes(told), SecretOfEvil)
        );

        await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, "repository-replaced");
        await pulls.BuildsAreAsync($"{commit} Building");
    }

    [Fact]
    public async Task An_address_that_is_not_allowed_is_refused()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=acme/shop",
            "--ingress:repositories:2:pullrequests=true"
        );

        using var answer = await host.DeliverAsync(
            Opened.ToJson().Replace("github.com/acme", "evil.example/acme", StringComparison.Ordinal),
            "pull_request"
        );

        await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, "clone-url-refused");
        using var closed = await host.DeliverAsync(
            (Opened with { Action = "closed" })
                .ToJson()
                .Replace("github.com/acme", "evil.example/acme", StringComparison.Ordinal),
            "pull_request"
        );
        closed.StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Theory]
    [InlineData("opened", "acme/store")]
    [InlineData("opened", "initech/shop")]
    [InlineData("closed", "acme/store")]
    public void Those_of_a_renamed_repository_are_fetched_by_the_name_in_the_configuration(string action, string name)
    {
        var options = new Fixed<IngressOptions>(
            new IngressOptions { Repositories = [new RepositoryOptions { Name = "acme/shop", PullRequests = true }] }
        );
        var told = new PullRequestEvent { Action = action, Repository = name };

        var reading = new PullRequestReader(options).Read(
            PullRequestJson.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(told.ToJson()))),
            new RepositoryRegistry(options).Find("acme/shop", SourceKind.Github)
        );

        var news = reading.ShouldBeOfType<PullRequestReading.Accepted>().News;
        news.Repository.ShouldBe("acme/shop");
        news.CloneUrl.ShouldBe("https://github.com/acme/shop.git");
    }

    private static async Task<System.Text.Json.JsonElement> CheckAsync(PullRequestFixture pulls) =>
        (await pulls.Host.GetAsync("/api/status?fresh=true"))
            .GetProperty("checks")
            .EnumerateArray()
            .Single(check => check.Text("name") == "pull-requests");
}
