using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Tests.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Alarms;

/// <summary>A release that has completed and is regretted since is undone as a person would undo it.</summary>
public sealed class RegretTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_version_before_is_deployed_once_and_what_is_pushed_next_waits()
    {
        var before = await CompletedAsync("1.0-1", number: 1);
        var regretted = await CompletedAsync("2.0-1", number: 2);

        await _host.PublishAsync(Regretted(regretted, revision: 9));
        var sent = await _host.Sent.FirstAsync<DeployRelease>(x => x.Deployment.Undoes == regretted.ReleaseId);
        await _host.PublishAsync(Regretted(regretted, revision: 9));
        await _host.PublishAsync(Regretted(regretted, revision: 10));
        await AcknowledgedAsync(10);

        sent.Deployment.ShouldSatisfyAllConditions(
            x => x.Of.ShouldBe(before.ReleaseId),
            x => x.By.ShouldBe("alarms"),
            x => x.Reason.ShouldBe("An alarm fired."),
            x => x.IsFast.ShouldBeTrue()
        );
        sent.Holds.ShouldBeTrue();
        sent.Push.Promotes.ShouldBeTrue();
        _host.Sent.Of<DeployRelease>().Select(x => x.ReleaseId).Distinct().ShouldHaveSingleItem();
        var entry = (await _host.GetAsync("/api/audit")).GetProperty("entries")[0];
        (entry.Text("by"), entry.Text("token"), entry.Text("action")).ShouldBe(("alarms", "none", "release.rollback"));
    }

    [Fact]
    public async Task It_waits_until_the_release_itself_is_known_to_have_completed()
    {
        await CompletedAsync("1.0-1", number: 1);
        var push = Snapshots.Push(Guid.NewGuid());
        await ReleaseAsync(push, "2.0-1", number: 2, ReleaseStates.RollingOut);
        await _host.PublishAsync(Regretted(push, revision: 9));
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("phase").ShouldBe(RolloutStates.Completed)
        );
        _host.Sent.Of<AcknowledgeRollout>().ShouldBeEmpty();
        _host.Sent.Of<DeployRelease>().ShouldBeEmpty();

        await ReleaseAsync(push, "2.0-1", number: 2, ReleaseStates.Completed);
        await _host.PublishAsync(Regretted(push, revision: 9));

        await _host.Sent.FirstAsync<DeployRelease>(x => x.Deployment.Undoes == push.ReleaseId);
        await AcknowledgedAsync(9);
    }

    [Fact]
    public async Task Without_a_version_before_nothing_is_started_and_it_is_told_no_more()
    {
        var only = await CompletedAsync("1.0-1", number: 1);

        await _host.PublishAsync(Regretted(only, revision: 9));
        await AcknowledgedAsync(9);

        _host.Sent.Of<DeployRelease>().ShouldBeEmpty();
    }

    private static RolloutChanged Regretted(PushReceived push, int revision) =>
        ProjectionTests.Rollout(push, revision, RolloutStates.Completed) with
        {
            Regret = new Failure
            {
                Code = "alarm-fired",
                Message = "An alarm fired.",
                Remedy = "Look at it.",
            },
        };

    private Task<AcknowledgeRollout> AcknowledgedAsync(int revision) =>
        _host.Sent.FirstAsync<AcknowledgeRollout>(x => x.Revision == revision);

    private async Task<PushReceived> CompletedAsync(string version, long number)
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await ReleaseAsync(push, version, number, ReleaseStates.Completed);
        return push;
    }

    private async Task ReleaseAsync(PushReceived push, string version, long number, string state)
    {
        await _host.PublishAsync(
            Snapshots.Release(push, state == ReleaseStates.Completed ? 9 : 5, state) with
            {
                Number = number,
                Version = version,
            }
        );
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("state").ShouldBe(state)
        );
    }
}
