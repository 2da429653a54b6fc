using System.Net;
using System.Net.Http.Json;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Releases;

public class ReleaseApiTests(ReleaseApiTests.Fixture fixture) : IClassFixture<ReleaseApiTests.Fixture>
{
    private IngressHost Host => fixture.Host;

    [Fact]
    public async Task A_release_is_found_by_every_form_of_its_name()
    {
        var push = new Push { Repository = "acme/forms" };
        var id = await Host.AcceptAsync(push);
        foreach (
            var reference in new[]
            {
                id.ToString(),
                id.ToString("N"),
                id.ToString().ToUpperInvariant(),
                id.ToString("N")[..12],
                id.ToString()[..13],
                $"forms@{push.After}",
                $"forms@{push.After[..39]}",
                "forms@latest",
            }
        )
        {
            var release = await Host.GetAsync($"/api/releases/{Uri.EscapeDataString(reference)}");
            release.GetProperty("id").GetGuid().ShouldBe(id, reference);
        }
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000", HttpStatusCode.NotFound, "release-unknown")]
    [InlineData("shop@dead", HttpStatusCode.NotFound, "release-unknown")]
    [InlineData("nobody@latest", HttpStatusCode.NotFound, "release-unknown")]
    [InlineData("abc", HttpStatusCode.BadRequest, "release-reference-invalid")]
    [InlineData("not-an-id", HttpStatusCode.BadRequest, "release-reference-invalid")]
    [InlineData("'; DROP TABLE Releases", HttpStatusCode.BadRequest, "release-reference-invalid")]
    [InlineData("shop@%25", HttpStatusCode.NotFound, "release-unknown")]
    public async Task A_name_of_no_release_is_answered_clearly(string reference, HttpStatusCode status, string code)
    {
        using var answer = await Host.Anonymous.GetAsync($"/api/releases/{Uri.EscapeDataString(reference)}");

        await answer.ShouldBeProblemAsync(status, code);
    }

    [Fact]
    public async Task The_list_is_newest_first_and_can_be_narrowed()
    {
        var first = await Host.AcceptAsync(new Push { Repository = "acme/listed" });
        var second = await Host.AcceptAsync(new Push { Repository = "acme/listed" });
        var ended = await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == first);
        await Host.PublishAsync(Snapshots.Release(ended, 1, ReleaseStates.Failed));
        await Host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == first);

        (await IdsAsync("?application=listed")).ShouldBe([second, first]);
        (await IdsAsync("?application=listed&limit=1")).ShouldBe([second]);
        (await IdsAsync("?application=listed&state=failed")).ShouldBe([first]);
        (await IdsAsync("?application=listed&state=active")).ShouldBe([second]);
        (await IdsAsync("?application=listed&state=rolled-back")).ShouldBeEmpty();
        (await IdsAsync("?application=nobody")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("awaiting-promotion")]
    [InlineData("AwaitingPromotion")]
    [InlineData("awaiting promotion")]
    public async Task The_list_can_be_narrowed_to_a_phase_of_the_rollout(string phase)
    {
        var push = Snapshots.Push(Guid.NewGuid(), $"app-{Guid.NewGuid():N}");
        await Host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.RollingOut));
        await Host.PublishAsync(ProjectionTests.Rollout(push, 3, RolloutStates.AwaitingPromotion));
        var list = $"?application={push.Application}&state=";

        await Eventually.PassesAsync(async () => (await IdsAsync(list + phase)).ShouldBe([push.ReleaseId]));
        (await IdsAsync($"{list}soaking")).ShouldBeEmpty();
        (await IdsAsync($"{list}rolling-out")).ShouldBe([push.ReleaseId]);
    }

    [Fact]
    public async Task An_unknown_state_is_refused_with_those_there_are()
    {
        using var answer = await Host.Anonymous.GetAsync("/api/releases?state=burning");

        (await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "state-unknown"))
            .Text("remedy")
            .ShouldContain("rolled-back");
    }

    [Theory]
    [InlineData("/api/releases?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("/api/nothing", HttpStatusCode.NotFound)]
    [InlineData("/nothing", HttpStatusCode.NotFound)]
    public async Task What_the_platform_refuses_is_a_problem_too(string path, HttpStatusCode status)
    {
        using var answer = await Host.Anonymous.GetAsync(path);

        await answer.ShouldBeProblemAsync(status);
    }

    [Theory]
    [InlineData("promote")]
    [InlineData("rollback")]
    [InlineData("abort")]
    public async Task A_decision_about_an_unknown_release_is_not_found(string decision)
    {
        using var answer = await Host.Operator.PostAsync($"/api/releases/{Guid.NewGuid()}/{decision}", null);

        await answer.ShouldBeProblemAsync(HttpStatusCode.NotFound, "release-unknown");
    }

    [Theory]
    [InlineData("promote")]
    [InlineData("rollback")]
    [InlineData("abort")]
    public async Task A_decision_about_a_release_that_has_ended_conflicts(string decision)
    {
        var push = await ReleaseAsync(ReleaseStates.Failed);

        using var answer = await Host.Operator.PostAsync($"/api/releases/{push.ReleaseId}/{decision}", null);

        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "release-finished");
        problem.Text("detail").ShouldBe("The release is failed and has ended.");
    }

    [Fact]
    public async Task A_release_that_waits_for_promotion_can_be_promoted()
    {
        var push = await ReleaseAsync(ReleaseStates.RollingOut, RolloutStates.AwaitingPromotion);

        using var answer = await Host.Operator.PostAsJsonAsync(
            $"/api/releases/{push.ReleaseId}/promote",
            new { reason = "looks well", by = "ada" }
        );

        await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        (await Host.Sent.FirstAsync<PromoteRelease>(x => x.ReleaseId == push.ReleaseId)).By.ShouldBe("ada");
    }

    [Theory]
    [InlineData(ReleaseStates.Building, null)]
    [InlineData(ReleaseStates.RollingOut, RolloutStates.DeployingCanary)]
    [InlineData(ReleaseStates.RollingOut, RolloutStates.DeployingWave)]
    [InlineData(ReleaseStates.RollingOut, RolloutStates.RollingBack)]
    public async Task A_release_whose_canaries_do_not_wait_cannot_be_promoted(string state, string? rollout)
    {
        var push = await ReleaseAsync(state, rollout);

        using var answer = await Host.Operator.PostAsync($"/api/releases/{push.ReleaseId}/promote", null);

        await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "decision-not-applicable");
    }

    [Theory]
    [InlineData(ReleaseStates.Building, null)]
    [InlineData(ReleaseStates.RollingOut, RolloutStates.Soaking)]
    [InlineData(ReleaseStates.RollingOut, RolloutStates.DeployingWave)]
    public async Task A_release_that_runs_can_be_rolled_back_and_aborted(string state, string? rollout)
    {
        var push = await ReleaseAsync(state, rollout);

        using var rolledBack = await Host.Operator.PostAsJsonAsync(
            $"/api/releases/{push.ReleaseId}/rollback",
            new { reason = "too\nslow" }
        );
        using var aborted = await Host.Operator.PostAsync($"/api/releases/{push.ReleaseId}/abort", null);

        await rolledBack.ShouldBeAsync(HttpStatusCode.Accepted);
        await aborted.ShouldBeAsync(HttpStatusCode.Accepted);
        var sent = await Host.Sent.FirstAsync<RollBackRelease>(x => x.ReleaseId == push.ReleaseId);
        sent.Reason.ShouldBe("too");
        sent.By.ShouldBe("operator");
        await Host.Sent.FirstAsync<AbortRelease>(x => x.ReleaseId == push.ReleaseId);
    }

    [Fact]
    public async Task A_release_that_has_not_started_takes_no_decision()
    {
        var id = await Host.AcceptAsync(new Push());

        using var answer = await Host.Operator.PostAsync($"/api/releases/{id}/abort", null);

        await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "release-not-started");
    }

    [Fact]
    public async Task A_decision_that_is_not_JSON_is_refused()
    {
        var push = await ReleaseAsync(ReleaseStates.Building);
        using var content = new StringContent("{", System.Text.Encoding.UTF8, "application/json");

        using var answer = await Host.Operator.PostAsync($"/api/releases/{push.ReleaseId}/abort", content);

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "bad-request");
    }

    private async Task<List<Guid>> IdsAsync(string query) =>
        [
            .. (await Host.GetAsync($"/api/releases{query}"))
                .GetProperty("releases")
                .EnumerateArray()
                .Select(x => x.GetProperty("id").GetGuid()),
        ];

    private async Task<PushReceived> ReleaseAsync(string state, string? rollout = null)
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 1, state));
        if (rollout is not null)
        {
            await Host.PublishAsync(ProjectionTests.Rollout(push, 1, rollout));
        }

        await Eventually.PassesAsync(async () =>
            (await Host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("phase").ShouldBe(rollout ?? state)
        );
        return push;
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public IngressHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await IngressHost.StartAsync();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
