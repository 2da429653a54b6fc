using System.Net;
using System.Text;
using System.Text.Json;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;
using Canary.Testing.GitHub;

namespace Canary.EndToEnd.Tests;

public sealed class GitHubTests
{
    private const string Url = "https://shop.example.org/";

    [Fact]
    public async Task A_push_to_a_private_repository_is_fetched_with_a_token_and_GitHub_shows_what_becomes_of_it()
    {
        using var directory = new TempDirectory();
        await using var github = await GitHubServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var repository = github.AddRepository("acme/shop", Path.Combine(shop.Path, ".git"));
        await using var server = await CanaryServer.StartAsync(
            $"github.address={github.Address}",
            $"github.app-id={GitHubServer.AppId}",
            $"github.private-key-file={directory.WriteFile("key.pem", GitHubServer.PrivateKey)}",
            "github.timeout=00:00:02",
            "ingress.repositories.1.name=acme/shop",
            $"ingress.repositories.1.clone-url={github.Web}acme/shop.git",
            $"ingress.repositories.1.environment-url={Url}",
            "ingress.notifications.retry-after=00:00:00.200",
            "workspaces.protocols.0=http"
        );

        var good = await shop.CommitAsync("one");
        github.Break("POST repos/acme/shop/deployments", GitHubFaultKind.DoneAndAnswerLost);
        github.Break("POST repos/acme/shop/check-runs", GitHubFaultKind.TooManyRequests);
        (await server.PushAsync(shop, good, id: repository.Id)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var release = await server.ReleaseInAsync(good, ReleaseStates.Completed);
        (await server.InstalledAsync("production-2", "shop")).ShouldBe(release.Version);
        await Eventually.TrueAsync(() =>
            StateOf("production", good) == "success" && StateOf("canary", good) == "success"
        );
        Conclusions(good).ShouldBe(["success", "success", "success", "success"]);

        var bad = await shop.CommitAsync("two", healthy: false);
        await server.PushAsync(shop, bad, before: good, id: repository.Id);
        await server.ReleaseInAsync(bad, ReleaseStates.RolledBack);
        await Eventually.TrueAsync(() => StateOf("canary", bad) == "failure");
        await Eventually.TrueAsync(() => Conclusions(bad) is ["failure", "neutral", "success", "success"]);

        StateOf("production", good).ShouldBe("success");
        // One whose making took too long may have been made twice: then one of the two is inactive.
        await Eventually.TrueAsync(() =>
            github.Look(_ => repository.Deployments.Count(it => repository.StateOf(it) is "success" or "failure") == 3)
        );
        github.Look(_ => repository.CheckRuns.Count).ShouldBe(8);
        var fetched = github
            .Requests.Where(it => it.Path.EndsWith("/git-upload-pack", StringComparison.Ordinal))
            .ToList();
        fetched.ShouldNotBeEmpty();
        fetched.Select(TokenIn).ShouldAllBe(token => token.StartsWith("ghs_"));
        foreach (var token in fetched.Select(TokenIn).Distinct())
        {
            server.Log.ShouldNotContain(token);
        }

        string? StateOf(string environment, string commit) =>
            github.Look(_ =>
                repository
                    .Deployments.Where(it => it["environment"]!.ToString() == environment)
                    .Where(it => it["sha"]!.ToString() == commit)
                    .Select(repository.StateOf)
                    .OrderBy(state => state == "inactive")
                    .FirstOrDefault()
            );

        string[] Conclusions(string commit) =>
            github.Look(_ =>
                repository
                    .CheckRuns.Where(it => it["head_sha"]!.ToString() == commit)
                    .Select(it => it["conclusion"]?.ToString() ?? "none")
                    .Order()
                    .ToArray()
            );
    }

    [Fact]
    public async Task Pull_requests_are_built_and_shown_those_of_forks_once_approved_and_nothing_is_released()
    {
        using var directory = new TempDirectory();
        await using var github = await GitHubServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var repository = github.AddRepository("acme/shop", Path.Combine(shop.Path, ".git"));
        await using var server = await CanaryServer.StartAsync(
            $"github.address={github.Address}",
            $"github.app-id={GitHubServer.AppId}",
            $"github.private-key-file={directory.WriteFile("key.pem", GitHubServer.PrivateKey)}",
            "github.timeout=00:00:02",
            "ingress.repositories.1.name=acme/shop",
            $"ingress.repositories.1.clone-url={github.Web}acme/shop.git",
            "ingress.repositories.1.pull-requests=true",
            "ingress.republish-after=00:00:00.200",
            "workspaces.protocols.0=http"
        );
        await shop.CommitAsync("main");
        await shop.GitAsync("checkout", "--quiet", "--detach");

        github.Break("POST repos/acme/shop/check-runs", GitHubFaultKind.DoneAndAnswerLost);
        var own = await ProposeAsync(12, isFork: false);
        await Eventually.TrueAsync(() => Shown(own) == "completed success");

        var fork = await ProposeAsync(13, isFork: true);
        await Eventually.TrueAsync(() => Shown(fork) == "queued ");
        (await server.CanaryAsync("pulls", "approve", "shop", "13")).Error.ShouldContain($"--commit {fork}");
        var approved = await server.CanaryAsync(
            "pulls",
            "approve",
            "shop",
            "13",
            "--commit",
            fork,
            "--reason",
            "read it"
        );
        approved.ExitCode.ShouldBe(0, approved.Error);
        await Eventually.TrueAsync(() => Shown(fork) == "completed success");

        var later = await ProposeAsync(13, isFork: true);
        await Eventually.TrueAsync(() => Shown(later) == "queued ");
        (await server.CanaryAsync("pulls", "approve", "shop", "13", "--commit", fork)).ExitCode.ShouldNotBe(0);
        var shown = await server.CanaryAsync("pulls", "show", "shop", "13");
        shown.Output.ShouldMatch($@"(?s){later}\s+awaiting approval.*{fork}\s+succeeded");
        (await server.CanaryAsync("pulls", "logs", "shop", "13", "--commit", fork)).Output.ShouldContain(
            "==> Without secrets, cache and environment: the commit comes from a fork"
        );
        (await server.CanaryAsync("pulls", "list")).Output.ShouldMatch(@"shop\s+12\s+[0-9a-f]{7}\s+succeeded\s+ada");

        (await server.ReleasesAsync()).ShouldBeEmpty();
        (await server.InstalledAsync("canary-1", "shop")).ShouldBeNull();
        github.Look(_ => repository.CheckRuns.Count).ShouldBe(3);
        github.Look(_ => repository.Deployments.Count).ShouldBe(0);

        async Task<string> ProposeAsync(int number, bool isFork)
        {
            var commit = await shop.CommitAsync($"{number}");
            await shop.GitAsync("update-ref", $"refs/pull/{number}/head", commit);
            using var answer = await server.DeliverAsync(
                JsonSerializer.SerializeToUtf8Bytes(PullRequest(repository, number, commit, isFork)),
                @event: "pull_request"
            );
            answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
            return commit;
        }

        string? Shown(string commit) =>
            github.Look(_ =>
                repository
                    .CheckRuns.Where(it => it["name"]!.ToString() == "canary/shop/pull-request")
                    .Where(it => it["head_sha"]!.ToString() == commit)
                    .Select(it => $"{it["status"]} {it["conclusion"]}")
                    .SingleOrDefault()
            );
    }

    /// <summary>With the fields that GitHub documents (Webhook events and payloads: pull_request).</summary>
    private static object PullRequest(GitHubStandInRepository repository, int number, string commit, bool isFork) =>
        new
        {
            action = "synchronize",
            number,
            pull_request = new
            {
                number,
                state = "open",
                title = "Sell hats",
                user = new { login = "ada" },
                head = new
                {
                    @ref = "hats",
                    sha = commit,
                    repo = new { id = isFork ? 1 : repository.Id },
                },
                @base = new { @ref = "main", repo = new { id = repository.Id } },
            },
            repository = new { id = repository.Id, full_name = repository.FullName },
        };

    private static string TokenIn(GitHubRequest request) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(request.Authorization["Basic ".Length..])).Split(':', 2)[1];
}
