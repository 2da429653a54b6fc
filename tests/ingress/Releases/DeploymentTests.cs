using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Releases;

public sealed class DeploymentTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await IngressHost.StartAsync("--ingress:republishafter=00:00:00.100");

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("version")]
    [InlineData("commit")]
    [InlineData("release")]
    [InlineData("previous")]
    [InlineData(null)]
    public async Task What_was_published_is_deployed_by_a_release_of_its_own(string? named)
    {
        var old = await CompletedAsync("1.0-1", number: 1);
        await CompletedAsync("2.0-1", number: 2);
        var target = named switch
        {
            "version" => "1.0-1",
            "commit" => old.Source.Commit,
            "release" => old.ReleaseId.ToString()[..13],
            _ => named,
        };

        using var answer = await DeployAsync(
            new
            {
                target,
                reason = "the new one is slow",
                fast = true,
                by = "ada",
            }
        );

        var release = await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        var id = release.GetProperty("id").GetGuid();
        id.ShouldNotBe(old.ReleaseId);
        release.Text("version").ShouldBe("1.0-1");
        release.GetProperty("deployment").Text("by").ShouldBe("ada");
        release.GetProperty("deployment").Text("reason").ShouldBe("the new one is slow");
        var sent = await _host.Sent.FirstAsync<DeployRelease>(x => x.ReleaseId == id);
        sent.Deployment.Of.ShouldBe(old.ReleaseId);
        sent.Deployment.IsFast.ShouldBeTrue();
        sent.Holds.ShouldBeFalse();
        sent.Push.IsRequested.ShouldBeTrue();
        sent.Push.Source.ShouldBe(old.Source);
        // It is asked for until it is seen, and once only.
        await Eventually.TrueAsync(() => _host.Sent.Of<DeployRelease>().Count(x => x.ReleaseId == id) >= 3);
        _host.Sent.Of<DeployRelease>().Select(x => x.ReleaseId).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("2.0-1")]
    [InlineData("2.0")]
    public async Task What_runs_is_not_deployed_and_the_answer_says_that_it_runs(string target)
    {
        await CompletedAsync("1.0-1", number: 1);
        var running = await CompletedAsync("2.0-1", number: 2);

        using var answer = await DeployAsync(new { target });

        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "deployment-changes-nothing");
        problem.Text("detail").ShouldContain($"2.0-1 runs, by release {running.ReleaseId}");
        problem.Text("remedy").ShouldContain("1.0-1");
    }

    [Fact]
    public async Task What_is_on_its_way_is_not_deployed_twice()
    {
        await CompletedAsync("1.0-1", number: 1);
        await CompletedAsync("2.0-1", number: 2);
        using var first = await DeployAsync(new { target = "1.0-1" });
        var id = (await first.ShouldBeAsync(HttpStatusCode.Accepted)).GetProperty("id").GetGuid();

        using var second = await DeployAsync(new { target = "1.0-1" });

        (await second.ShouldBeProblemAsync(HttpStatusCode.Conflict, "deployment-changes-nothing"))
            .Text("detail")
            .ShouldContain($"release {id} of it is under way");
    }

    [Fact]
    public async Task An_unknown_version_is_answered_with_the_nearest()
    {
        await CompletedAsync("1.0-1", number: 1);
        await CompletedAsync("2.0-1", number: 2);
        await CompletedAsync("2.1-1", number: 3);

        using var answer = await DeployAsync(new { target = "2.0-7" });

        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "version-unknown");
        problem.Text("remedy").ShouldContain("The nearest: 2.0-1, 2.1-1, 1.0-1");
        problem.Text("detail").ShouldContain("2.1-1 runs");
    }

    [Fact]
    public async Task What_did_not_reach_the_repository_cannot_be_deployed()
    {
        await CompletedAsync("1.0-1", number: 1);
        await EndedAsync(ReleaseStates.Failed, "2.0-1", number: 2);

        using var answer = await DeployAsync(new { target = "2.0-1" });

        await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "version-unknown");
    }

    [Fact]
    public async Task Without_a_version_before_there_is_none_to_go_back_to()
    {
        await CompletedAsync("1.0-1", number: 1);

        using var answer = await DeployAsync(new { target = "previous" });

        await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "no-previous-version");
    }

    [Fact]
    public async Task An_application_that_nobody_knows_is_not_found()
    {
        using var answer = await DeployAsync(new { target = "1.0" });

        await answer.ShouldBeProblemAsync(HttpStatusCode.NotFound, "application-unknown");
    }

    [Fact]
    public async Task A_rollback_of_what_has_completed_deploys_the_version_before_and_holds()
    {
        var old = await CompletedAsync("1.0-1", number: 1);
        await EndedAsync(ReleaseStates.RolledBack, "1.5-1", number: 2);
        var bad = await CompletedAsync("2.0-1", number: 3);

        using var answer = await _host.Operator.PostAsJsonAsync(
            $"/api/releases/{bad.ReleaseId}/rollback",
            new
            {
                reason = "errors",
                by = "ada",
                fast = true,
            }
        );

        var id = (await answer.ShouldBeAsync(HttpStatusCode.Accepted)).GetProperty("id").GetGuid();
        var sent = await _host.Sent.FirstAsync<DeployRelease>(x => x.ReleaseId == id);
        sent.Deployment.Of.ShouldBe(old.ReleaseId);
        sent.Deployment.Undoes.ShouldBe(bad.ReleaseId);
        sent.Deployment.Reason.ShouldBe("errors");
        sent.Deployment.IsFast.ShouldBeTrue();
        sent.Push.Promotes.ShouldBeTrue("a person has said that production goes back");
        sent.Push.After.ShouldBe(3);
        sent.Holds.ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public async Task An_empty_target_is_not_the_version_before(string target)
    {
        await CompletedAsync("1.0-1", number: 1);
        await CompletedAsync("2.0-1", number: 2);

        using var answer = await DeployAsync(new { target });

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "version-missing");
    }

    [Fact]
    public async Task What_is_held_can_be_deployed_by_a_person()
    {
        await CompletedAsync("1.0-1", number: 1);
        await EndedAsync(ReleaseStates.Held, "2.0-1", number: 2);

        using var answer = await DeployAsync(new { target = "2.0-1" });

        (await answer.ShouldBeAsync(HttpStatusCode.Accepted)).Text("version").ShouldBe("2.0-1");
    }

    [Fact]
    public async Task Whoever_resumes_is_told_what_a_deployment_has_passed()
    {
        await CompletedAsync("1.0-1", number: 1);
        var passed = await EndedAsync(ReleaseStates.Superseded, "2.0-1", number: 2);

        using var hold = await _host.Operator.PostAsync("/api/applications/shop/hold", null);
        using var resume = await _host.Operator.PostAsync("/api/applications/shop/resume", null);

        (await hold.ShouldBeAsync(HttpStatusCode.Accepted))
            .GetProperty("passed")
            .ValueKind.ShouldBe(JsonValueKind.Null);
        (await resume.ShouldBeAsync(HttpStatusCode.Accepted))
            .GetProperty("passed")
            .GetGuid()
            .ShouldBe(passed.ReleaseId);
    }

    [Fact]
    public async Task A_rollback_of_a_rollback_goes_back_further()
    {
        var first = await CompletedAsync("1.0-1", number: 1);
        var middle = await CompletedAsync("2.0-1", number: 2);
        var bad = await CompletedAsync("3.0-1", number: 3);
        var undo = await CompletedAsync(
            "2.0-1",
            number: 4,
            new Deployment
            {
                Of = middle.ReleaseId,
                Version = "2.0-1",
                By = "ada",
                Undoes = bad.ReleaseId,
            }
        );

        using var answer = await _host.Operator.PostAsync($"/api/releases/{undo.ReleaseId}/rollback", null);

        var further = await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        further.Text("version").ShouldBe("1.0-1");

        var last = await CompletedAsync(
            "1.0-1",
            number: 5,
            new Deployment
            {
                Of = first.ReleaseId,
                Version = "1.0-1",
                By = "ada",
                Undoes = undo.ReleaseId,
            }
        );
        using var end = await _host.Operator.PostAsync($"/api/releases/{last.ReleaseId}/rollback", null);
        await end.ShouldBeProblemAsync(HttpStatusCode.Conflict, "no-previous-version");
    }

    [Fact]
    public async Task A_rollback_of_what_runs_no_more_is_refused_with_the_way_to_do_it()
    {
        await CompletedAsync("1.0-1", number: 1);
        var old = await CompletedAsync("2.0-1", number: 2);
        await CompletedAsync("3.0-1", number: 3);

        using var answer = await _host.Operator.PostAsync($"/api/releases/{old.ReleaseId}/rollback", null);

        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "release-not-newest");
        problem.Text("detail").ShouldContain("3.0-1 runs");
        problem.Text("remedy").ShouldContain("canary deploy shop 1.0-1");
    }

    [Fact]
    public async Task A_release_that_has_completed_is_deployed_again_unless_it_is_what_runs()
    {
        var old = await CompletedAsync("1.0-1", number: 1);
        var running = await CompletedAsync("2.0-1", number: 2);

        using var again = await _host.Operator.PostAsync($"/api/releases/{old.ReleaseId}/retry", null);
        using var nothing = await _host.Operator.PostAsync($"/api/releases/{running.ReleaseId}/retry", null);

        (await again.ShouldBeAsync(HttpStatusCode.Accepted)).Text("version").ShouldBe("1.0-1");
        // The first one is on its way, so the other would change something now.
        await nothing.ShouldBeAsync(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task A_release_that_runs_is_not_retried()
    {
        var running = await CompletedAsync("2.0-1", number: 2);

        using var answer = await _host.Operator.PostAsync($"/api/releases/{running.ReleaseId}/retry", null);

        await answer.ShouldBeProblemAsync(HttpStatusCode.Conflict, "deployment-changes-nothing");
    }

    [Fact]
    public async Task Deployments_can_be_held_and_resumed_and_the_application_says_so()
    {
        await CompletedAsync("1.0-1", number: 1);

        using var held = await _host.Operator.PostAsJsonAsync(
            "/api/applications/shop/hold",
            new { reason = "the sale", by = "ada" }
        );
        (await held.ShouldBeAsync(HttpStatusCode.Accepted)).GetProperty("held").GetBoolean().ShouldBeTrue();
        var sent = await _host.Sent.FirstAsync<HoldApplication>(x => x.Application == "shop");
        (sent.By, sent.Reason).ShouldBe(("ada", "the sale"));
        await _host.PublishAsync(Held(2));
        await Eventually.PassesAsync(async () => (await HoldAsync()).Text("reason").ShouldBe("the sale"));

        // What comes late changes nothing.
        await _host.PublishAsync(Held(1) with { Hold = null });
        using var resumed = await _host.Operator.PostAsync("/api/applications/shop/resume", null);
        await resumed.ShouldBeAsync(HttpStatusCode.Accepted);
        await _host.Sent.FirstAsync<ResumeApplication>(x => x.Application == "shop");
        (await HoldAsync()).Text("by").ShouldBe("ada");
        await _host.PublishAsync(Held(3) with { Hold = null });
        await Eventually.PassesAsync(async () => (await HoldAsync()).ValueKind.ShouldBe(JsonValueKind.Null));
    }

    [Fact]
    public async Task A_release_that_waits_says_what_for()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(
            Snapshots.Release(push, 1, ReleaseStates.Held) with
            {
                Number = 3,
                WaitingFor = "deployments of shop to be resumed",
            }
        );

        await Eventually.PassesAsync(async () =>
        {
            var release = await _host.GetAsync($"/api/releases/{push.ReleaseId}");
            release.Text("waitingFor").ShouldBe("deployments of shop to be resumed");
            release.GetProperty("number").GetInt64().ShouldBe(3);
        });
        using var promoted = await _host.Operator.PostAsync($"/api/releases/{push.ReleaseId}/promote", null);
        await promoted.ShouldBeProblemAsync(HttpStatusCode.Conflict, "decision-not-applicable");
    }

    private static ApplicationHoldChanged Held(int revision) =>
        new()
        {
            Application = "shop",
            Revision = revision,
            Hold = new Hold
            {
                By = "ada",
                Reason = "the sale",
                Since = Snapshots.Noon,
            },
        };

    private async Task<JsonElement> HoldAsync() => (await _host.GetAsync("/api/applications"))[0].GetProperty("hold");

    private Task<HttpResponseMessage> DeployAsync(object request) =>
        _host.Operator.PostAsJsonAsync("/api/applications/shop/deployments", request);

    private Task<PushReceived> CompletedAsync(string version, long number, Deployment? deployment = null) =>
        EndedAsync(ReleaseStates.Completed, version, number, deployment);

    private async Task<PushReceived> EndedAsync(
        string state,
        string version,
        long number,
        Deployment? deployment = null
    )
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(
            Snapshots.Release(push, 9, state) with
            {
                Number = number,
                Version = version,
                Deployment = deployment,
            }
        );
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("state").ShouldBe(state)
        );
        return push;
    }
}
