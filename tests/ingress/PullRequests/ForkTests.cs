using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Canary.Ingress.Tests.PullRequests;

/// <summary>Pull requests of forks: each commit waits until a person has approved exactly it.</summary>
public sealed class ForkTests
{
    private static readonly PullRequestEvent Opened = new PullRequestEvent().OfFork();

    private static PullRequestEvent Synchronized(int second) => Opened with { Action = "synchronize", Second = second };

    [Fact]
    public async Task A_fork_is_built_once_its_commit_is_approved_and_the_approval_is_on_record()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var commit = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{commit} AwaitingApproval");
        pulls.IsOrdered(commit).ShouldBeFalse();

        using var answer = await pulls.ApproveAsync(commit);

        (await answer.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("builds")[0].Text("approvedBy").ShouldBe("grace");
        (await pulls.OrderedAsync(commit)).Build.PullRequest!.IsFork.ShouldBeTrue();
        var decision = (await AuditAsync(pulls)).ShouldHaveSingleItem();
        decision.Text("action").ShouldBe("pull.approve");
        decision.Text("by").ShouldBe("grace");
        decision.Text("reason").ShouldBe("looked at it");
        decision.Text("detail").ShouldBe($"acme/shop#12, commit {commit}");
        using var again = await pulls.ApproveAsync(commit);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AuditAsync(pulls)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Approvals_of_one_commit_at_the_same_moment_are_one()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var commit = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{commit} AwaitingApproval");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => pulls.ApproveAsync(commit)));

        answers.Select(answer => answer.StatusCode).ShouldAllBe(status => status == HttpStatusCode.OK);
        (await AuditAsync(pulls)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_commit_that_comes_after_the_approval_waits_for_its_own()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var first = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{first} AwaitingApproval");
        using var approved = await pulls.ApproveAsync(first);
        var order = await pulls.OrderedAsync(first);

        var second = await pulls.PushAsync(Synchronized(1));

        await pulls.CancelledAsync(order);
        await pulls.BuildsAreAsync($"{second} AwaitingApproval", $"{first} Cancelled");
        using var stale = await pulls.ApproveAsync(first);
        await stale.ShouldBeProblemAsync(HttpStatusCode.Conflict, "pull-request-not-waiting");
        pulls.IsOrdered(second).ShouldBeFalse();
    }

    [Fact]
    public async Task An_approval_of_what_is_not_the_head_any_more_approves_nothing()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var first = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{first} AwaitingApproval");
        var second = await pulls.PushAsync(Synchronized(1));
        await pulls.BuildsAreAsync($"{second} AwaitingApproval", $"{first} Cancelled");

        using var answer = await pulls.ApproveAsync(first);

        (await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "pull-request-not-waiting"))
            .Text("detail")
            .ShouldContain(second);
        (await AuditAsync(pulls)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_commit_that_was_approved_is_built_again_when_the_fork_goes_back_to_it()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var first = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{first} AwaitingApproval");
        using var approved = await pulls.ApproveAsync(first);
        var second = await pulls.PushAsync(Synchronized(1));
        await pulls.BuildsAreAsync($"{second} AwaitingApproval", $"{first} Cancelled");

        await pulls.MoveAsync(first);
        await pulls.DeliverAsync(Synchronized(2) with { Commit = first });

        await pulls.BuildsAreAsync($"{first} Building", $"{second} Cancelled", $"{first} Cancelled");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("main")]
    [InlineData("abcdef0")]
    public async Task Only_a_whole_id_approves(string? commit)
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var head = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{head} AwaitingApproval");

        using var answer = await pulls.ApproveAsync(commit);

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "commit-invalid");
        await pulls.BuildsAreAsync($"{head} AwaitingApproval");
    }

    [Fact]
    public async Task Whoever_may_only_read_cannot_approve()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var head = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{head} AwaitingApproval");

        using var reader = await pulls.ApproveAsync(head, pulls.Host.Reader);
        using var stranger = await pulls.ApproveAsync(head, pulls.Host.Anonymous);

        reader.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        stranger.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        pulls.IsOrdered(head).ShouldBeFalse();
    }

    [Fact]
    public async Task What_comes_from_a_repository_that_was_deleted_comes_from_a_fork()
    {
        await using var pulls = await PullRequestFixture.StartAsync();

        var head = await pulls.PushAsync(new PullRequestEvent { From = null });

        await pulls.BuildsAreAsync($"{head} AwaitingApproval");
    }

    /// <summary>Deliveries of one pull request agree; one that does not is no reason to trust it more.</summary>
    [Fact]
    public async Task What_was_a_fork_once_stays_one()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        await pulls.PushAsync(Opened);

        var head = await pulls.PushAsync(new PullRequestEvent { Action = "synchronize", Second = 1 });

        await Testing.Eventually.TrueAsync(async () =>
            await pulls.BuildsAsync() is [var newest, ..] && newest == $"{head} AwaitingApproval"
        );
    }

    [Fact]
    public async Task Closing_ends_the_wait()
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var head = await pulls.PushAsync(Opened);
        await pulls.BuildsAreAsync($"{head} AwaitingApproval");

        await pulls.DeliverAsync(Opened with { Action = "closed", Commit = head, Second = 1 });

        await pulls.BuildsAreAsync($"{head} Cancelled");
        using var answer = await pulls.ApproveAsync(head);
        await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "pull-request-not-waiting");
    }

    private static async Task<IReadOnlyList<JsonElement>> AuditAsync(PullRequestFixture pulls) =>
        [
            .. (await pulls.Host.Operator.GetFromJsonAsync<JsonElement>("/api/audit"))
                .GetProperty("entries")
                .EnumerateArray(),
        ];
}
