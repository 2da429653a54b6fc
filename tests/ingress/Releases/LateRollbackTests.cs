using System.Net;
using System.Net.Http.Json;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Releases;

/// <summary>Whoever rolls a release back at the moment in which it completes is not told yes for nothing.</summary>
public sealed class LateRollbackTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_rollback_that_came_too_late_for_the_rollout_deploys_the_version_before_once()
    {
        var before = await KnownAsync("1.0-1", number: 1, ReleaseStates.Completed);
        var late = await KnownAsync("2.0-1", number: 2, ReleaseStates.RollingOut);
        await RollBackAsync(late);

        await ChangeAsync(late, "2.0-1", number: 2, ReleaseStates.Completed);

        var sent = await _host.Sent.FirstAsync<DeployRelease>(x => x.Deployment.Undoes == late.ReleaseId);
        sent.Deployment.ShouldSatisfyAllConditions(
            x => x.Of.ShouldBe(before.ReleaseId),
            x => x.By.ShouldBe("ada"),
            x => x.Reason.ShouldBe("slow")
        );
        sent.Holds.ShouldBeTrue();
        sent.Push.Promotes.ShouldBeTrue();
        await ChangeAsync(late, "2.0-1", number: 2, ReleaseStates.Completed, revision: 10);
        await _host.Sent.FirstAsync<AcknowledgeRelease>(x => x.Revision == 10);
        _host.Sent.Of<DeployRelease>().Select(x => x.ReleaseId).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_was_rolled_back_in_time_is_not_rolled_back_again()
    {
        await KnownAsync("1.0-1", number: 1, ReleaseStates.Completed);
        var bad = await KnownAsync("2.0-1", number: 2, ReleaseStates.RollingOut);
        await RollBackAsync(bad);

        await ChangeAsync(bad, "2.0-1", number: 2, ReleaseStates.RolledBack);

        await _host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == bad.ReleaseId);
        _host.Sent.Of<DeployRelease>().ShouldBeEmpty();
    }

    private async Task RollBackAsync(PushReceived push)
    {
        using var answer = await _host.Operator.PostAsJsonAsync(
            $"/api/releases/{push.ReleaseId}/rollback",
            new { by = "ada", reason = "slow" }
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await _host.Sent.FirstAsync<RollBackRelease>(x => x.ReleaseId == push.ReleaseId);
    }

    private async Task<PushReceived> KnownAsync(string version, long number, string state)
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await ChangeAsync(push, version, number, state, revision: 5);
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("state").ShouldBe(state)
        );
        return push;
    }

    private Task ChangeAsync(PushReceived push, string version, long number, string state, int revision = 9) =>
        _host.PublishAsync(Snapshots.Release(push, revision, state) with { Number = number, Version = version });
}
