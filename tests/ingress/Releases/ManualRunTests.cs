using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts.Releases;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Releases;

public class ManualRunTests(ManualRunTests.Fixture fixture) : IClassFixture<ManualRunTests.Fixture>
{
    private IngressHost Host => fixture.Host;

    [Fact]
    public async Task The_head_of_a_local_repository_is_released()
    {
        using var repository = await GitRepository.CreateAsync(name: "My Shop");
        var commit = await repository.WithConventionScripts().CommitAsync("Sell hats");

        var release = await RunAsync(new { repository = repository.Path });

        release.Text("application").ShouldBe("my-shop");
        release.Text("commit").ShouldBe(commit);
        release.Text("branch").ShouldBe("main");
        release.Text("title").ShouldBe("Sell hats");
        release.GetProperty("deploys").GetBoolean().ShouldBeTrue();
        release.GetProperty("warnings").GetArrayLength().ShouldBe(0);
        var id = release.GetProperty("id").GetGuid();
        (await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id)).Source.CloneUrl.ShouldBe(repository.Path);
    }

    [Fact]
    public async Task A_branch_or_a_commit_can_be_named()
    {
        using var repository = await GitRepository.CreateAsync(name: "named");
        var first = await repository.WithFile("a", "1").CommitAsync();
        var second = await repository.WithFile("a", "2").CommitAsync();
        await repository.GitAsync("branch", "feature/$(id)", first);

        (await RunAsync(new { repository = repository.Path, branch = "feature/$(id)" })).Text("commit").ShouldBe(first);
        (await RunAsync(new { repository = repository.Path, commit = second[..10] })).Text("commit").ShouldBe(second);
    }

    [Fact]
    public async Task A_commit_that_runs_or_has_completed_is_not_released_again_but_a_failed_one_is()
    {
        using var repository = await GitRepository.CreateAsync(name: "again");
        await repository.WithFile("a", "1").CommitAsync();
        var request = new { repository = repository.Path };
        var first = (await RunAsync(request)).GetProperty("id").GetGuid();

        (await RunAsync(request, HttpStatusCode.OK)).GetProperty("id").GetGuid().ShouldBe(first);

        var push = await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == first);
        await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Failed));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == first);
        var second = (await RunAsync(request)).GetProperty("id").GetGuid();
        second.ShouldNotBe(first);

        await Host.PublishAsync(Snapshots.Release(push with { ReleaseId = second }, 1, ReleaseStates.Completed));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == second);
        (await RunAsync(request, HttpStatusCode.OK)).GetProperty("id").GetGuid().ShouldBe(second);
    }

    [Fact]
    public async Task A_release_that_failed_is_repeated_with_what_it_had_and_one_that_runs_is_not()
    {
        using var repository = await GitRepository.CreateAsync(name: "repeated");
        await repository.WithFile("a", "1").CommitAsync("Sell hats");
        var first = (await RunAsync(new { repository = repository.Path })).GetProperty("id").GetGuid();
        using var early = await Host.Operator.PostAsync($"/api/releases/{first}/retry", null);
        await early.ShouldBeAsync(HttpStatusCode.Conflict);
        var push = await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == first);
        await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Failed));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == first);
        repository.Dispose();

        using var answer = await Host.Operator.PostAsJsonAsync($"/api/releases/{first}/retry", new { by = "ada" });

        var second = await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        var id = second.GetProperty("id").GetGuid();
        id.ShouldNotBe(first);
        second.Text("pusher").ShouldBe("ada");
        var again = await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        again.Source.ShouldBe(push.Source);
        again.Title.ShouldBe(push.Title);
        using var twice = await Host.Operator.PostAsync($"/api/releases/{first}/retry", null);
        (await twice.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("id").GetGuid().ShouldBe(id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_that_somebody_else_releases_again_stays_that_of_who_pushed_it(bool isRetry)
    {
        using var repository = await GitRepository.CreateAsync(name: isRetry ? "retried" : "rerun");
        await repository.WithFile("a", "1").CommitAsync();
        var first = await ReleaseAsync(
            await RunAsync(
                new
                {
                    repository = repository.Path,
                    by = "ada",
                    promote = true,
                }
            )
        );
        first.Promotes.ShouldBeTrue();
        first.Author.ShouldBeNull();

        var second = await AgainAsync(first, "bob");
        var third = await AgainAsync(second, "eve");

        second.Pusher.ShouldBe("bob");
        third.Pusher.ShouldBe("eve");
        foreach (var again in new[] { second, third })
        {
            again.Author.ShouldBe("ada");
            again.Promotes.ShouldBeFalse("who asks for it again has not said so");
        }

        async Task<PushReceived> AgainAsync(PushReceived push, string by)
        {
            await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Failed));
            await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == push.ReleaseId);
            if (!isRetry)
            {
                return await ReleaseAsync(await RunAsync(new { repository = repository.Path, by }));
            }

            using var answer = await Host.Operator.PostAsJsonAsync($"/api/releases/{push.ReleaseId}/retry", new { by });
            return await ReleaseAsync(await answer.ShouldBeAsync(HttpStatusCode.Accepted));
        }

        async Task<PushReceived> ReleaseAsync(JsonElement started)
        {
            var id = started.GetProperty("id").GetGuid();
            return await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        }
    }

    [Fact]
    public async Task Uncommitted_changes_are_warned_about()
    {
        using var repository = await GitRepository.CreateAsync(name: "dirty");
        await repository.WithFile("a", "1").CommitAsync();
        repository.WithFile("a", "2").WithFile("b", "3");

        var warnings = (await RunAsync(new { repository = repository.Path })).GetProperty("warnings");

        warnings.GetArrayLength().ShouldBe(1);
        warnings[0].GetString()!.ShouldContain("2 uncommitted changes");
    }

    [Fact]
    public async Task A_detached_head_is_released()
    {
        using var repository = await GitRepository.CreateAsync(name: "detached");
        var commit = await repository.WithFile("a", "1").CommitAsync();
        await repository.GitAsync("checkout", "--quiet", "--detach");

        (await RunAsync(new { repository = repository.Path })).Text("commit").ShouldBe(commit);
    }

    [Fact]
    public async Task A_configured_repository_is_found_by_its_name_and_by_its_path()
    {
        using var repository = await GitRepository.CreateAsync(branch: "release", name: "store");
        var commit = await repository.WithFile("a", "1").CommitAsync();
        await using var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=acme/store",
            "--ingress:repositories:2:application=web-shop",
            "--ingress:repositories:2:branch=release",
            $"--ingress:repositories:2:cloneurl={repository.Path}"
        );

        using var byName = await host.Operator.PostAsJsonAsync("/api/releases", new { repository = "acme/store" });
        using var byPath = await host.Operator.PostAsJsonAsync("/api/releases", new { repository = repository.Path });

        var release = await byName.ShouldBeAsync(HttpStatusCode.Accepted);
        release.Text("application").ShouldBe("web-shop");
        release.Text("repository").ShouldBe("acme/store");
        release.Text("commit").ShouldBe(commit);
        (await byPath.ShouldBeAsync(HttpStatusCode.OK)).Text("id").ShouldBe(release.Text("id"));
    }

    [Fact]
    public async Task A_remote_address_is_asked_for_its_head()
    {
        using var repository = await GitRepository.CreateAsync(branch: "trunk", name: "remote");
        var commit = await repository.WithFile("a", "1").CommitAsync();
        var found = await new Ingress.Repositories.GitInspector(
            Host.App.Services.GetRequiredService<Canary.Processes.Workspaces.GitClient>()
        ).ResolveRemoteAsync(
            $"file://{repository.Path}",
            branch: null,
            commit: null,
            TestContext.Current.CancellationToken
        );

        found.Commit.ShouldBe(commit);
        found.Branch.ShouldBe("trunk");
    }

    [Fact]
    public async Task A_missing_directory_is_named() =>
        await RefusedAsync(new { repository = "/nowhere/at/all" }, "repository-missing", "/nowhere/at/all");

    [Fact]
    public async Task A_directory_without_a_repository_is_named()
    {
        using var directory = new TempDirectory();
        await RefusedAsync(new { repository = directory.Path }, "repository-invalid", directory.Path);
    }

    [Fact]
    public async Task A_repository_without_commits_is_named()
    {
        using var repository = await GitRepository.CreateAsync();
        await RefusedAsync(new { repository = repository.Path }, "repository-empty", repository.Path);
    }

    [Fact]
    public async Task An_unknown_branch_and_commit_are_named()
    {
        using var repository = await GitRepository.CreateAsync();
        await repository.WithFile("a", "1").CommitAsync();
        await RefusedAsync(new { repository = repository.Path, branch = "nope" }, "branch-unknown", "nope");
        await RefusedAsync(new { repository = repository.Path, commit = "deadbeef" }, "commit-unknown", "deadbeef");
    }

    [Theory]
    [InlineData("", null, null, "repository-invalid")]
    [InlineData("shop", null, null, "repository-invalid")]
    [InlineData("../shop", null, null, "repository-invalid")]
    [InlineData("ext::sh -c id", null, null, "repository-invalid")]
    [InlineData("--upload-pack=id", null, null, "repository-invalid")]
    [InlineData("https://user:hunter2@github.com/acme/shop.git", null, null, "repository-invalid")]
    [InlineData("stranger/thing", null, null, "repository-unknown")]
    [InlineData("/srv/shop", "--exec=id", null, "branch-invalid")]
    [InlineData("/srv/shop", "a..b", null, "branch-invalid")]
    [InlineData("/srv/shop", null, "HEAD;id", "commit-invalid")]
    [InlineData("/srv/shop", null, "abc", "commit-invalid")]
    public async Task What_is_no_repository_branch_or_commit_is_refused(
        string repository,
        string? branch,
        string? commit,
        string code
    ) =>
        await RefusedAsync(
            new
            {
                repository,
                branch,
                commit,
            },
            code,
            null
        );

    [Fact]
    public async Task Local_repositories_can_be_switched_off()
    {
        await using var host = await IngressHost.StartAsync("--ingress:allowlocalrepositories=false");

        using var answer = await host.Operator.PostAsJsonAsync("/api/releases", new { repository = "/srv/shop" });

        await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, "local-repository-not-allowed");
    }

    private async Task<JsonElement> RunAsync(object request, HttpStatusCode status = HttpStatusCode.Accepted)
    {
        using var answer = await Host.Operator.PostAsJsonAsync("/api/releases", request);
        return await answer.ShouldBeAsync(status);
    }

    private async Task RefusedAsync(object request, string code, string? named)
    {
        using var answer = await Host.Operator.PostAsJsonAsync("/api/releases", request);
        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, code);
        if (named is not null)
        {
            problem.Text("detail").ShouldContain(named);
        }

        problem.ToString().ShouldNotContain("hunter2");
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public IngressHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await IngressHost.StartAsync();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
