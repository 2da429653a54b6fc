using System.Net;
using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.Ingress.Polling;
using Canary.Ingress.Status;
using Canary.Testing;
using Canary.Testing.GitHub;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Polling;

/// <summary>Pushes at GitHub whose webhooks were lost are found by asking it for the heads of branches.</summary>
public sealed class GitHubPollingTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    private readonly BranchesResource _branches = new();

    private GitHubServer _github = null!;

    private GitHubStandInRepository _shop = null!;

    public async ValueTask InitializeAsync()
    {
        _github = await GitHubServer.StartAsync();
        _shop = _github.AddRepository("acme/shop");
        _github.Add(_branches);
        _branches.Push("main", Push.NewCommit(), "Begin");
    }

    public async ValueTask DisposeAsync()
    {
        await _github.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_push_whose_webhook_was_lost_is_released_whole()
    {
        await using var host = await WatchAsync();
        var commit = Push.NewCommit();

        _branches.Push("main", commit, "Sell hats\n\nand shoes");

        var push = await host.ReleasedAsync(commit);
        push.Deploys.ShouldBeTrue();
        push.Title.ShouldBe("Sell hats");
        push.Pusher.ShouldBe("Ada Author");
        push.Source.CloneUrl.ShouldBe("https://github.com/acme/shop.git");
        await host.ReleasesAreAsync(1);
    }

    [Fact]
    public async Task A_webhook_that_is_late_or_delivered_twice_makes_no_second_release()
    {
        await using var host = await WatchAsync();
        var push = new Push { Message = "Sell hats" };
        _branches.Push("main", push.After, push.Message);
        await host.ReleasedAsync(push.After);

        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var answer = await host.DeliverAsync(push.ToJson(), delivery: "72d3162e-cc78-11e3-81ab-4c9367dc0958");
            (await answer.ShouldBeAsync(HttpStatusCode.OK)).Text("status").ShouldBe("duplicate");
        }

        await host.ReleasesAreAsync(1);
    }

    [Fact]
    public async Task Looks_that_find_nothing_new_cost_no_requests()
    {
        await using var host = await WatchAsync();
        await host.LookAgainAsync();
        var left = _github.RateLeft;

        await host.LookAgainAsync();

        _github.RateLeft.ShouldBe(left);
    }

    [Fact]
    public async Task Requests_are_left_to_what_is_more_urgent_and_looks_go_on_when_there_are_more()
    {
        await using var host = await WatchAsync();
        _github.RateLeft = 499;
        var commit = Push.NewCommit();
        _branches.Push("main", commit, "Sell hats");

        await Eventually.TrueAsync(async () => (await host.CheckPollingAsync()).Status == CheckStatus.Warning);
        (await host.CheckPollingAsync()).Detail.ShouldContain(
            "requests in this hour, and 500 are left to what is more urgent"
        );
        host.Sent.Of<PushReceived>().ShouldBeEmpty();

        _github.RateLeft = 5000;
        await host.ReleasedAsync(commit);
    }

    [Theory]
    [InlineData(GitHubFaultKind.Unauthorized)]
    [InlineData(GitHubFaultKind.PrimaryLimit)]
    [InlineData(GitHubFaultKind.TooManyRequests)]
    [InlineData(GitHubFaultKind.ServerError)]
    [InlineData(GitHubFaultKind.BadGateway)]
    [InlineData(GitHubFaultKind.Hang)]
    [InlineData(GitHubFaultKind.Truncated)]
    [InlineData(GitHubFaultKind.BrokenOff)]
    public async Task Whatever_GitHub_does_meanwhile_the_push_is_released_once(GitHubFaultKind fault)
    {
        await using var host = await WatchAsync();
        var commit = Push.NewCommit();
        _github.Break("GET repos/acme/shop/branches", fault, times: 3);
        _github.Break("GET repos/acme/shop/git/commits", fault);

        _branches.Push("main", commit, "Sell hats");

        await host.ReleasedAsync(commit);
        await host.ReleasesAreAsync(1);
    }

    [Fact]
    public async Task A_repository_that_was_renamed_stays_what_it_was_for_looks_and_for_its_first_webhook()
    {
        await using var host = await WatchAsync();
        _github.Rename(_shop, "initech/store");
        var commit = Push.NewCommit();

        _branches.Push("main", commit, "Sell hats");

        (await host.ReleasedAsync(commit)).Source.Repository.ShouldBe("acme/shop");
        var announced = new Push { Repository = "initech/store" };
        using var answer = await DeliverAsync(host, announced, _shop.Id);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        (await host.ReleasedAsync(announced.After)).Application.ShouldBe("shop");
    }

    [Fact]
    public async Task Another_repository_that_gets_the_name_is_not_released()
    {
        await using var host = await WatchAsync();
        _github.Rename(_shop, "initech/store");
        var other = _github.AddRepository("acme/shop");

        _branches.Push("main", Push.NewCommit(), "Sell nothing");

        await Eventually.TrueAsync(async () => (await host.CheckPollingAsync()).Status == CheckStatus.Warning);
        (await host.CheckPollingAsync()).Detail.ShouldContain("it is another repository");
        using var answer = await DeliverAsync(host, new Push(), other.Id);
        await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, "repository-replaced");
        host.Sent.Of<PushReceived>().ShouldBeEmpty();
    }

    private static async Task<HttpResponseMessage> DeliverAsync(IngressHost host, Push push, long id)
    {
        var payload = JsonNode.Parse(push.ToJson())!;
        payload["repository"]!["id"] = id;
        return await host.DeliverAsync(payload.ToJsonString());
    }

    private async Task<IngressHost> WatchAsync()
    {
        var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=acme/shop",
            "--ingress:repositories:2:poll=00:00:01",
            "--ingress:polling:interval=00:00:01",
            "--ingress:polling:retryatmost=00:00:01",
            $"--github:address={_github.Address}",
            $"--github:tokenfile={_directory.WriteFile("token", GitHubServer.Token + "\n")}",
            "--github:timeout=00:00:02",
            "--github:limitpause=00:00:01"
        );
        await Eventually.TrueAsync(async () => (await host.LookedAtAsync()).Succeeded);
        return host;
    }
}
