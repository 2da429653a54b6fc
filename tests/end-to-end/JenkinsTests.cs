using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;
using Canary.Testing.Jenkins;

namespace Canary.EndToEnd.Tests;

public sealed class JenkinsTests
{
    [Fact]
    public async Task A_push_is_built_by_jenkins_and_released_and_a_failure_there_ends_it_also_after_a_crash()
    {
        using var directory = new TempDirectory();
        await using var jenkins = await JenkinsServer.StartAsync();
        var job = jenkins.AddJob();
        await using var server = await CanaryServer.StartAsync(
            "ci-coordinator.builds.provider=jenkins",
            $"ci-coordinator.builds.jenkins.address={jenkins.Address}",
            $"ci-coordinator.builds.jenkins.user={JenkinsServer.User}",
            $"ci-coordinator.builds.jenkins.token-file={directory.WriteFile("token", JenkinsServer.Token)}",
            "ci-coordinator.builds.jenkins.poll-interval=00:00:00.500",
            "ci-coordinator.jobs.lease=00:00:02"
        );
        using var shop = await Apps.ShopAsync();

        var first = await shop.CommitAsync("one");
        await server.PushAsync(shop, first);
        var release = await server.ReleaseInAsync(first, ReleaseStates.Completed);
        (await server.InstalledAsync("production-1", "shop")).ShouldBe(release.Version);
        await Eventually.TrueAsync(async () =>
            (await server.Http.GetStringAsync(new Uri($"/api/releases/{release.Id}/logs", UriKind.Relative))).Contains(
                "Tests pass",
                StringComparison.Ordinal
            )
        );
        (await CheckAsync(server)).ShouldContain("Jenkins 2.440.3 answers canary");

        job.Ends = false;
        job.Result = "FAILURE";
        var second = await shop.CommitAsync("two");
        await server.PushAsync(shop, second, before: first);
        await Eventually.TrueAsync(() => job.Builds.Count == 2);
        await server.RestartAsync();
        job.Ends = true;
        (await NotifyAsync(server)).ShouldBe(HttpStatusCode.Accepted);

        var failed = await server.ReleaseInAsync(second, ReleaseStates.Failed);
        failed.Failure!.Code.ShouldBe("jenkins-build-failed");
        await server.ShouldBeToldByTheCliAsync(failed);
        job.Builds.Count.ShouldBe(2);
    }

    private static async Task<string> CheckAsync(CanaryServer server)
    {
        var status = JsonNode.Parse(await server.Http.GetStringAsync(new Uri("/api/status", UriKind.Relative)))!;
        var check = status["checks"]!.AsArray().Single(it => it!["name"]!.GetValue<string>() == "jenkins")!;
        check["status"]!.GetValue<string>().ShouldBe("ok", check.ToJsonString());
        return check.ToJsonString();
    }

    private static async Task<HttpStatusCode> NotifyAsync(CanaryServer server)
    {
        var password = (await File.ReadAllTextAsync(Path.Combine(server.Data, "ingress", "jenkins-secret"))).Trim();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/jenkins");
        request.Content = new StringContent(
            JenkinsNotifications.Of("COMPLETED", number: 2, status: "SUCCESS"),
            Encoding.UTF8,
            "application/json"
        );
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"jenkins:{password}"))
        );
        using var answer = await server.Http.SendAsync(request);
        return answer.StatusCode;
    }
}
