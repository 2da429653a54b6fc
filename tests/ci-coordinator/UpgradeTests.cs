using Canary.Contracts.Releases;
using Canary.Hosting;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.CiCoordinator.Tests;

/// <summary>What an older version has stored is still there after an update.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public async Task Releases_of_before_have_their_place_and_the_newest_stands_for_the_head()
    {
        using var data = new TempDirectory();
        var builder = CanaryHost.CreateBuilder([$"--hosting:data={data.Path}"]);
        builder.AddCiCoordinator();
        await using var app = builder.Build();
        await using var scope = app.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<ReleaseStore>();
        var migrator = store.GetService<IMigrator>();
        var id = Guid.NewGuid();
        var commit = new string('a', 40);
        var push =
            $$"""{"releaseId":"{{id}}","application":"shop","source":{"repository":"acme/shop","cloneUrl":"/x","branch":"main","commit":"{{commit}}"},"deploys":true,"pusher":"ada","receivedAt":"2026-01-01T00:00:00+00:00"}""";
        await migrator.MigrateAsync("Initial");
        await store.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO "Releases" ("CorrelationId", "Version", "CurrentState", "Push", "Revision", "Stages", "RolloutRevision", "DeadlineAt", "Attempts")
            VALUES ({id}, 3, 'RollingOut', {push}, 4, '[]', 1, 638000000000000000, 1)
            """
        );
        await store.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO "Lanes" ("Application", "LatestReleaseId", "LatestCommit", "LatestReceivedAt", "KnownOlder", "Version")
            VALUES ('shop', {id}, {commit}, 638000000000000000, '[]', 5)
            """
        );

        await migrator.MigrateAsync();

        var lane = await store.Lanes.SingleAsync();
        lane.LastNumber.ShouldBe(0);
        (lane.NewestReleaseId, lane.NewestCommit).ShouldBe((id, commit));
        (lane.HeadReleaseId, lane.HeadCommit).ShouldBe((id, commit));
        lane.Hold.ShouldBeNull();
        var admission = await store.Admissions.SingleAsync();
        (admission.ReleaseId, admission.Application, admission.Commit, admission.Number).ShouldBe(
            (id, "shop", commit, 0)
        );
        var release = await store.Releases.SingleAsync();
        release.CurrentState.ShouldBe(ReleaseStates.RollingOut);
        release.Number.ShouldBe(0);
        release.DeadlineAt.ShouldNotBeNull();
    }
}
