using System.Net;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>A repository that is for users only.</summary>
public sealed class RepositoryUsersTests
{
    [Fact]
    public async Task Releases_reach_simulated_hosts_and_strangers_read_nothing()
    {
        await InstalledPackages.RequireAsync("apache2-utils");
        using var directory = new TempDirectory();
        var users = directory.Combine("users");
        (
            await ProcessRunner.RunAsync("htpasswd", ["-c", "-i", "-B", users, "fleet"], input: "a long password\n")
        ).EnsureSuccess();
        await using var server = await CanaryServer.StartAsync($"repository-publisher.access.users-file={users}");
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");

        await server.PushAsync(shop, commit);
        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);

        (await server.InstalledAsync("production-1", "shop")).ShouldBe(release.Version);
        using var stranger = new HttpClient { BaseAddress = server.Http.BaseAddress };
        foreach (var path in new[] { "repository/", "repository/dists/production/InRelease" })
        {
            using var answer = await stranger.GetAsync(new Uri(path, UriKind.Relative));
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        var doctor = await server.CanaryAsync("doctor", "--json");
        doctor.Output.ShouldContain("repository-access");
    }
}
