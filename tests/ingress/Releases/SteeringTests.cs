using System.Net;
using System.Net.Http.Json;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Releases;

/// <summary>What people decide about a rollout that runs goes to the deployer, whose rollout has the id of its release.</summary>
public sealed class SteeringTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_pause_is_passed_on_with_who_and_why()
    {
        var id = await RollingOutAsync(RolloutStates.DeployingWave);

        using var answer = await DecideAsync(id, "pause", new { by = "ada", reason = "lunch" });

        (await answer.ShouldBeAsync(HttpStatusCode.Accepted)).GetProperty("id").GetGuid().ShouldBe(id);
        var sent = await _host.Sent.FirstAsync<PauseRollout>(x => x.RolloutId == id);
        sent.ShouldSatisfyAllConditions(x => x.By.ShouldBe("ada"), x => x.Reason.ShouldBe("lunch"));
    }

    [Fact]
    public async Task What_is_paused_can_be_resumed_and_not_be_paused_again()
    {
        var id = await RollingOutAsync(RolloutStates.Paused);

        using var again = await DecideAsync(id, "pause", new { by = "ada" });
        using var answer = await DecideAsync(id, "resume", new { by = "ada" });

        (await again.ShouldBeProblemAsync(HttpStatusCode.Conflict)).Text("detail").ShouldContain("paused already");
        await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        (await _host.Sent.FirstAsync<ResumeRollout>(x => x.RolloutId == id)).By.ShouldBe("ada");
        _host.Sent.Of<PauseRollout>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Gates_are_overridden_by_who_says_why()
    {
        var id = await RollingOutAsync(RolloutStates.Queued);

        using var silent = await DecideAsync(id, "override", new { by = "ada" });
        using var answer = await DecideAsync(id, "override", new { by = "ada", reason = "the shop is broken" });

        (await silent.ShouldBeProblemAsync(HttpStatusCode.Conflict)).Text("detail").ShouldContain("says why");
        await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        (await _host.Sent.FirstAsync<OverrideGates>(x => x.RolloutId == id)).ShouldSatisfyAllConditions(
            x => x.By.ShouldBe("ada"),
            x => x.Reason.ShouldBe("the shop is broken")
        );
    }

    [Fact]
    public async Task An_approval_that_adds_nothing_is_refused_with_the_reason()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.RollingOut) with { Number = 1 });
        await _host.PublishAsync(
            ProjectionTests.Rollout(push, 3, RolloutStates.AwaitingPromotion) with
            {
                Approvals = new RolloutApprovals
                {
                    Required = 2,
                    By = ["ada"],
                    NotBy = "eve",
                },
            }
        );
        await InPhaseAsync(push.ReleaseId, RolloutStates.AwaitingPromotion);

        using var again = await DecideAsync(push.ReleaseId, "promote", new { by = "Ada" });
        using var own = await DecideAsync(push.ReleaseId, "promote", new { by = "eve" });
        using var other = await DecideAsync(push.ReleaseId, "promote", new { by = "bob" });

        (await again.ShouldBeProblemAsync(HttpStatusCode.Conflict))
            .Text("detail")
            .ShouldContain("has approved already");
        (await own.ShouldBeProblemAsync(HttpStatusCode.Conflict)).Text("detail").ShouldContain("somebody else");
        await other.ShouldBeAsync(HttpStatusCode.Accepted);
        (await _host.Sent.FirstAsync<PromoteRelease>(x => x.ReleaseId == push.ReleaseId)).By.ShouldBe("bob");
    }

    [Theory]
    [InlineData("retry", HostSteering.Retry)]
    [InlineData("skip", HostSteering.Skip)]
    public async Task A_single_host_is_steered_by_its_name(string decision, HostSteering steering)
    {
        var id = await RollingOutAsync(RolloutStates.Paused);

        using var answer = await DecideAsync(id, $"hosts/canary-1/{decision}", new { by = "ada" });

        await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        var sent = await _host.Sent.FirstAsync<SteerHost>(x => x.RolloutId == id);
        sent.ShouldSatisfyAllConditions(
            x => x.Host.ShouldBe("canary-1"),
            x => x.Steering.ShouldBe(steering),
            x => x.By.ShouldBe("ada")
        );
    }

    [Theory]
    [InlineData("retry")]
    [InlineData("skip")]
    public async Task A_host_that_the_release_does_not_have_is_refused(string decision)
    {
        var id = await RollingOutAsync(RolloutStates.Paused);

        using var answer = await DecideAsync(id, $"hosts/web-9/{decision}", new { by = "ada" });

        (await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict)).Text("detail").ShouldContain("no host 'web-9'");
        _host.Sent.Of<SteerHost>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("override")]
    [InlineData("hosts/canary-1/retry")]
    [InlineData("hosts/canary-1/skip")]
    public async Task Nothing_is_steered_while_it_is_rolled_back_or_before_it_rolls_out_or_without_a_token(string what)
    {
        var goingBack = await RollingOutAsync(RolloutStates.RollingBack);
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(Snapshots.Release(push, 2, ReleaseStates.Building));
        await InPhaseAsync(push.ReleaseId, ReleaseStates.Building);

        using var late = await DecideAsync(goingBack, what, new { by = "ada" });
        using var early = await DecideAsync(push.ReleaseId, what, new { by = "ada" });
        using var stranger = await _host.Anonymous.PostAsJsonAsync($"/api/releases/{goingBack}/{what}", new { });

        (await late.ShouldBeProblemAsync(HttpStatusCode.Conflict)).Text("detail").ShouldContain("rolled back");
        (await early.ShouldBeProblemAsync(HttpStatusCode.Conflict)).Text("detail").ShouldContain("has not begun");
        await stranger.ShouldBeProblemAsync(HttpStatusCode.Unauthorized);
    }

    private Task<HttpResponseMessage> DecideAsync(Guid id, string what, object decision) =>
        _host.Operator.PostAsJsonAsync($"/api/releases/{id}/{what}", decision);

    private async Task<Guid> RollingOutAsync(string state)
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.RollingOut) with { Number = 1 });
        await _host.PublishAsync(ProjectionTests.Rollout(push, 3, state));
        await InPhaseAsync(push.ReleaseId, state);
        return push.ReleaseId;
    }

    private Task InPhaseAsync(Guid id, string phase) =>
        Eventually.PassesAsync(async () => (await _host.GetAsync($"/api/releases/{id}")).Text("phase").ShouldBe(phase));
}
