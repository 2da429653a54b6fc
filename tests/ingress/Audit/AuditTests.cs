using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Releases;
using Canary.Ingress.Tests.Releases;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Audit;

/// <summary>What people decide is on record: who, why, by which token and from where.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("promote", RolloutStates.AwaitingPromotion, "release.promote", null)]
    [InlineData("rollback", RolloutStates.Soaking, "release.rollback", null)]
    [InlineData("abort", RolloutStates.Soaking, "release.abort", null)]
    [InlineData("pause", RolloutStates.DeployingWave, "release.pause", null)]
    [InlineData("resume", RolloutStates.Paused, "release.resume", null)]
    [InlineData("hosts/canary-1/retry", RolloutStates.Paused, "host.retry", "canary-1")]
    [InlineData("hosts/canary-1/skip", RolloutStates.Paused, "host.skip", "canary-1")]
    public async Task A_decision_about_a_release(string decision, string phase, string action, string? host)
    {
        var id = await RollingOutAsync(phase);

        await DecideAsync($"/api/releases/{id}/{decision}", new { by = "ada", reason = "lunch" });

        var entry = (await EntriesAsync($"?release={id:N}")).ShouldHaveSingleItem();
        entry.ShouldSatisfyAllConditions(
            x => x.Text("action").ShouldBe(action),
            x => x.Text("by").ShouldBe("ada"),
            x => x.Text("reason").ShouldBe("lunch"),
            x => x.Text("application").ShouldBe("shop"),
            x => x.GetProperty("releaseId").GetGuid().ShouldBe(id),
            x => x.GetProperty("host").GetString().ShouldBe(host),
            x => x.Text("token").ShouldBe("operator"),
            x => x.Text("address").ShouldBe("127.0.0.1")
        );
    }

    [Fact]
    public async Task Holding_and_resuming_an_application()
    {
        await CompletedAsync("1.0-1", number: 1);

        await DecideAsync("/api/applications/shop/hold", new { by = "ada", reason = "holidays" });
        await DecideAsync("/api/applications/shop/resume", new { by = "grace" });

        var entries = await EntriesAsync("?application=shop");
        entries.Select(x => x.Text("action")).ShouldBe(["application.resume", "application.hold"]);
        entries[1].Text("reason").ShouldBe("holidays");
        (await EntriesAsync("?application=blog")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Deploying_a_version_and_undoing_a_release()
    {
        await CompletedAsync("1.0-1", number: 1);
        await CompletedAsync("2.0-1", number: 2);
        var newest = await CompletedAsync("3.0-1", number: 3);

        await DecideAsync($"/api/releases/{newest}/rollback", new { by = "ada", reason = "slow" });
        await DecideAsync("/api/applications/shop/deployments", new { by = "ada", target = "1.0-1" });

        var entries = await EntriesAsync();
        entries.Select(x => x.Text("action")).ShouldBe(["release.deploy", "release.rollback"]);
        entries.Select(x => x.Text("detail")).ShouldBe(["1.0-1", "2.0-1"]);
    }

    [Fact]
    public async Task A_run_by_hand()
    {
        using var repository = await GitRepository.CreateAsync(name: "hats");
        var commit = await repository.WithConventionScripts().CommitAsync();
        var request = new { repository = repository.Path, by = "ada" };

        await DecideAsync("/api/releases", request);
        // Starts nothing.
        using var again = await _host.Operator.PostAsJsonAsync("/api/releases", request);

        var entry = (await EntriesAsync()).ShouldHaveSingleItem();
        entry.Text("action").ShouldBe("release.start");
        entry.Text("by").ShouldBe("ada");
        entry.Text("detail").ShouldBe(commit);
    }

    [Fact]
    public async Task What_is_refused_is_no_decision()
    {
        var id = await RollingOutAsync(RolloutStates.DeployingWave);

        using var early = await _host.Operator.PostAsJsonAsync($"/api/releases/{id}/promote", new { by = "ada" });
        using var stranger = await _host.Anonymous.PostAsJsonAsync($"/api/releases/{id}/pause", new { by = "ada" });
        using var reader = await _host.Reader.PostAsJsonAsync($"/api/releases/{id}/pause", new { by = "ada" });

        early.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        stranger.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        reader.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await EntriesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pages_go_back_in_time()
    {
        for (var i = 0; i < 5; i++)
        {
            await DecideAsync("/api/hosts/converge", new { by = $"person {i}" });
        }

        var first = await _host.GetAsync("/api/audit?limit=3");
        var last = await _host.GetAsync($"/api/audit?limit=3&before={first.GetProperty("next").GetInt64()}");

        ByOf(first).ShouldBe(["person 4", "person 3", "person 2"]);
        ByOf(last).ShouldBe(["person 1", "person 0"]);
        last.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task What_is_old_is_forgotten()
    {
        await DecideAsync("/api/hosts/converge", new { by = "ada" });
        await ChangeAsync(store =>
            store.Audit.Add(
                new Ingress.Audit.AuditEntry
                {
                    DecidedAt = TimeProvider.System.GetUtcNow().AddDays(-1826),
                    Action = "hosts.converge",
                    By = "grace",
                    Token = "operator",
                    Address = "127.0.0.1",
                }
            )
        );
        (await EntriesAsync()).Count.ShouldBe(2);

        await _host.App.Services.GetRequiredService<Forgetting>().ForgetAsync(CancellationToken.None);

        (await EntriesAsync()).ShouldHaveSingleItem().Text("by").ShouldBe("ada");
    }

    private static IEnumerable<string> ByOf(JsonElement page) =>
        page.GetProperty("entries").EnumerateArray().Select(entry => entry.Text("by"));

    private async Task<IReadOnlyList<JsonElement>> EntriesAsync(string query = "") =>
        [.. (await _host.GetAsync("/api/audit" + query)).GetProperty("entries").EnumerateArray()];

    private async Task DecideAsync(string path, object decision)
    {
        using var answer = await _host.Operator.PostAsJsonAsync(path, decision);
        await answer.ShouldBeAsync(HttpStatusCode.Accepted);
    }

    private async Task<Guid> RollingOutAsync(string phase)
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.RollingOut) with { Number = 1 });
        await _host.PublishAsync(ProjectionTests.Rollout(push, 3, phase));
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("phase").ShouldBe(phase)
        );
        return push.ReleaseId;
    }

    private async Task<Guid> CompletedAsync(string version, long number)
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(
            Snapshots.Release(push, 9, ReleaseStates.Completed) with
            {
                Number = number,
                Version = version,
            }
        );
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("state").ShouldBe(ReleaseStates.Completed)
        );
        return push.ReleaseId;
    }

    private async Task ChangeAsync(Action<IngressStore> change)
    {
        await using var scope = _host.App.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        change(store);
        await store.SaveChangesAsync();
    }
}
