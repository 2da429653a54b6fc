using System.Net;
using System.Text;
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
        (await server.PushAsync(shop, good)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var release = await server.ReleaseInAsync(good, ReleaseStates.Completed);
        (await server.InstalledAsync("production-2", "shop")).ShouldBe(release.Version);
        await Eventually.TrueAsync(() =>
            StateOf("production", good) == "success" && StateOf("canary", good) == "success"
        );
        Conclusions(good).ShouldBe(["success", "success", "success", "success"]);

        var bad = await shop.CommitAsync("two", healthy: false);
        await server.PushAsync(shop, bad, before: good);
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

    private static string TokenIn(GitHubRequest request) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(request.Authorization["Basic ".Length..])).Split(':', 2)[1];
}
