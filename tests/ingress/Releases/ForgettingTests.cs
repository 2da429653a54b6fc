using System.Net;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Logs;
using Canary.Ingress.Releases;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Releases;

/// <summary>Old releases lose their details; what matters for a release to come never does.</summary>
public sealed class ForgettingTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await IngressHost.StartAsync(
            "--ingress:releaseretention=30.00:00:00",
            "--ingress:logretention=2.00:00:00"
        );

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Old_releases_are_forgotten_and_their_commits_are_not()
    {
        var rows = await StoreAsync(count: 30, age: TimeSpan.FromDays(60), ReleaseStates.Failed);
        var oldest = rows[0];

        (await ForgetAsync()).ShouldBe(20);

        (await ListedAsync()).Count.ShouldBe(10);
        var forgotten = await _host.GetAsync($"/api/releases/{oldest.Id}");
        forgotten.Text("state").ShouldBe("Failed");
        forgotten.GetProperty("stages").GetArrayLength().ShouldBe(0);
        forgotten.GetProperty("warnings")[0].GetString()!.ShouldContain("forgotten");
        // Its webhook comes again after all.
        using var again = await _host.DeliverAsync(
            new Push { Repository = "acme/shop", After = oldest.Commit }.ToJson()
        );
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ForgetAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Young_releases_are_forgotten_only_when_there_are_too_many()
    {
        await using var host = await IngressHost.StartAsync("--ingress:retainedreleases=15");
        await StoreAsync(count: 40, age: TimeSpan.FromHours(1), ReleaseStates.Completed, host: host, rollouts: false);

        (await ForgetAsync(host)).ShouldBe(25);
    }

    [Fact]
    public async Task What_runs_what_hosts_have_and_what_they_may_go_back_to_is_kept()
    {
        var rows = await StoreAsync(count: 40, age: TimeSpan.FromDays(60), ReleaseStates.Completed);
        await ChangeAsync(async store =>
        {
            // Still running after two months, and a version that one host never left.
            await store
                .Releases.Where(x => x.Id == rows[1].Id)
                .ExecuteUpdateAsync(set => set.SetProperty(x => x.State, ReleaseStates.RollingOut));
            store.HostVersions.Add(
                new Ingress.Fleet.HostVersionRow
                {
                    Host = "web-1",
                    Application = "shop",
                    Version = "2-1",
                    RolloutNumber = 3,
                    RolloutRevision = 1,
                }
            );
            // Ten releases at the end never came to production: the rollouts before them count.
            var failed = rows.Skip(30).Select(row => row.Id).ToList();
            await store.Rollouts.Where(x => failed.Contains(x.ReleaseId)).ExecuteDeleteAsync();
        });

        await ForgetAsync();

        var kept = await ListedAsync();
        kept.ShouldContain(rows[1].Id);
        kept.ShouldContain(rows[2].Id);
        // The newest ten of all, and the newest ten that were completed.
        kept.ShouldBe(rows.Skip(20).Select(row => row.Id).Concat([rows[1].Id, rows[2].Id]), ignoreOrder: true);
    }

    [Fact]
    public async Task Logs_are_forgotten_earlier_than_releases_but_not_while_one_runs()
    {
        var rows = await StoreAsync(count: 3, age: TimeSpan.FromDays(3), ReleaseStates.Completed);
        await ChangeAsync(store =>
            store
                .Releases.Where(x => x.Id == rows[1].Id)
                .ExecuteUpdateAsync(set => set.SetProperty(x => x.State, ReleaseStates.RollingOut))
        );
        var folders = rows.Select(row => _host.Data.Combine("ingress", "logs", row.Id.ToString("N"))).ToList();
        foreach (var folder in folders)
        {
            Directory.CreateDirectory(folder);
            var file = Path.Combine(folder, "build.log");
            await File.WriteAllTextAsync(file, "built");
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        }

        File.SetLastWriteTimeUtc(Path.Combine(folders[2], "build.log"), TimeProvider.System.GetUtcNow().UtcDateTime);

        await ForgetAsync();

        folders.Select(Directory.Exists).ShouldBe([false, true, true]);
    }

    private Task<int> ForgetAsync(IngressHost? host = null) =>
        (host ?? _host)
            .App.Services.GetRequiredService<Forgetting>()
            .ForgetAsync(TestContext.Current.CancellationToken);

    private async Task<List<Guid>> ListedAsync() =>
        [
            .. (await _host.GetAsync("/api/releases?limit=500"))
                .GetProperty("releases")
                .EnumerateArray()
                .Select(release => release.GetProperty("id").GetGuid()),
        ];

    /// <summary>Stores releases of one application, oldest first; each has a version of its own.</summary>
    private async Task<IReadOnlyList<ReleaseRow>> StoreAsync(
        int count,
        TimeSpan age,
        string state,
        IngressHost? host = null,
        bool rollouts = true
    )
    {
        var begin = TimeProvider.System.GetUtcNow() - age;
        var rows = new List<ReleaseRow>();
        await ChangeAsync(
            async store =>
            {
                for (var i = 0; i < count; i++)
                {
                    var commit = Push.NewCommit();
                    var id = ReleaseId.Of("shop", commit, deploys: true, run: 1);
                    var push = Snapshots.Push(id) with { ReceivedAt = begin.AddSeconds(i) };
                    push = push with { Source = push.Source with { Commit = commit } };
                    var row = ReleaseRow.For(push, run: 1, begin);
                    row.Apply(Snapshots.Release(push, 1, state) with { Version = $"{i}-1" }, begin);
                    store.Releases.Add(row);
                    rows.Add(row);
                    if (rollouts && state == ReleaseStates.Completed)
                    {
                        var rollout = RolloutRow.For(
                            ProjectionTests.Rollout(push, 1, RolloutStates.Completed) with
                            {
                                Version = $"{i}-1",
                            }
                        );
                        rollout.Number = i + 1;
                        store.Rollouts.Add(rollout);
                    }
                }

                await store.SaveChangesAsync();
            },
            host
        );
        return rows;
    }

    private async Task ChangeAsync(Func<IngressStore, Task> change, IngressHost? host = null)
    {
        await using var scope = (host ?? _host).App.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        await change(store);
        await store.SaveChangesAsync();
    }
}
