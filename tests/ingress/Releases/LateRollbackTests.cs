using System.Net;
using System.Net.Http.Json;
using Canary.Contracts.Releases;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Releases;

/// <summary>Whoever rolls a release back at the moment in which it completes is not told yes for nothing.</summary>
public sealed class LateRollbackTests : IAsyncLifetime
{
    private readonly Incident _incident = new();

    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await IngressHost.StartAsync(services =>
            services.ConfigureDbContext<IngressStore>(options => options.AddInterceptors(_incident))
        );

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_rollback_that_came_too_late_for_the_rollout_deploys_the_version_before_once()
    {
        var before = await KnownAsync("1.0-1", number: 1, ReleaseStates.Completed);
        var late = await KnownAsync("2.0-1", number: 2, ReleaseStates.RollingOut);
        await DecideAsync<RollBackRelease>(late, "rollback");

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
        await DecideAsync<RollBackRelease>(bad, "rollback");

        await ChangeAsync(bad, "2.0-1", number: 2, ReleaseStates.RolledBack);

        await _host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == bad.ReleaseId);
        _host.Sent.Of<DeployRelease>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_rollback_is_made_up_for_also_when_that_is_interrupted_after_the_release_is_known_to_have_completed()
    {
        await KnownAsync("1.0-1", number: 1, ReleaseStates.Completed);
        var late = await KnownAsync("2.0-1", number: 2, ReleaseStates.RollingOut);
        await DecideAsync<RollBackRelease>(late, "rollback");
        _incident.Plan(
            changes => changes.Entries<ReleaseRow>().Any(row => row.Entity.Deploy is not null),
            () => throw new IOException("The disk is gone for a moment.")
        );

        await ChangeAsync(late, "2.0-1", number: 2, ReleaseStates.Completed);

        await _host.Sent.FirstAsync<DeployRelease>(x => x.Deployment.Undoes == late.ReleaseId);
        _incident.IsOver.ShouldBeTrue();
    }

    [Fact]
    public async Task A_rollback_of_a_release_that_completes_while_it_is_written_down_undoes_it()
    {
        await KnownAsync("1.0-1", number: 1, ReleaseStates.Completed);
        var late = await KnownAsync("2.0-1", number: 2, ReleaseStates.RollingOut);
        _incident.Plan(
            changes => changes.Entries<AuditEntry>().Any(),
            async () =>
            {
                await ChangeAsync(late, "2.0-1", number: 2, ReleaseStates.Completed);
                await _host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == late.ReleaseId);
            }
        );

        await DecideAsync<DeployRelease>(late, "rollback");

        _host.Sent.Of<DeployRelease>().ShouldHaveSingleItem().Deployment.Undoes.ShouldBe(late.ReleaseId);
        _host.Sent.Of<RollBackRelease>().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_abort_that_came_too_late_deploys_the_version_before_and_holds_nothing()
    {
        var before = await KnownAsync("1.0-1", number: 1, ReleaseStates.Completed);
        var late = await KnownAsync("2.0-1", number: 2, ReleaseStates.RollingOut);
        await DecideAsync<AbortRelease>(late, "abort");

        await ChangeAsync(late, "2.0-1", number: 2, ReleaseStates.Completed);

        var sent = await _host.Sent.FirstAsync<DeployRelease>(x => x.Deployment.Undoes == late.ReleaseId);
        sent.Deployment.Of.ShouldBe(before.ReleaseId);
        sent.Holds.ShouldBeFalse();
    }

    [Fact]
    public async Task What_was_only_built_is_not_undone_for_an_abort_that_came_too_late()
    {
        await KnownAsync("1.0-1", number: 1, ReleaseStates.Completed);
        var built = await KnownAsync("2.0-1", number: 0, ReleaseStates.Building, deploys: false);
        await DecideAsync<AbortRelease>(built, "abort");

        await ChangeAsync(built, "2.0-1", number: 0, ReleaseStates.Completed);

        await _host.Sent.FirstAsync<AcknowledgeRelease>(x => x.ReleaseId == built.ReleaseId);
        _host.Sent.Of<DeployRelease>().ShouldBeEmpty();
    }

    private async Task DecideAsync<TCommand>(PushReceived push, string decision)
        where TCommand : class
    {
        using var answer = await _host.Operator.PostAsJsonAsync(
            $"/api/releases/{push.ReleaseId}/{decision}",
            new { by = "ada", reason = "slow" }
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await _host.Sent.FirstAsync<TCommand>(_ => true);
    }

    private async Task<PushReceived> KnownAsync(string version, long number, string state, bool deploys = true)
    {
        var push = Snapshots.Push(Guid.NewGuid()) with { Deploys = deploys };
        await ChangeAsync(push, version, number, state, revision: 5);
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("state").ShouldBe(state)
        );
        return push;
    }

    private Task ChangeAsync(PushReceived push, string version, long number, string state, int revision = 9) =>
        _host.PublishAsync(Snapshots.Release(push, revision, state) with { Number = number, Version = version });

    /// <summary>Something that happens once, just before something else is saved.</summary>
    private sealed class Incident : SaveChangesInterceptor
    {
        private Func<ChangeTracker, bool>? _when;
        private Func<Task> _then = () => Task.CompletedTask;

        public bool IsOver => _when is null;

        public void Plan(Func<ChangeTracker, bool> when, Func<Task> then) => (_then, _when) = (then, when);

        public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(
            DbContextEventData eventData,
            InterceptionResult<int> result,
            CancellationToken cancellationToken = default
        )
        {
            if (_when is { } when && when(eventData.Context!.ChangeTracker))
            {
                _when = null;
                await _then();
            }

            return result;
        }
    }
}
