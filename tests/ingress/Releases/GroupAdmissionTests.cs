using System.Net;
using Canary.Contracts;
using Canary.Contracts.Releases;
using Canary.Failures;
using Canary.Ingress.Releases;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Releases;

/// <summary>Pushes that share a commit, on both databases.</summary>
public sealed class GroupAdmissionTests : IAsyncLifetime
{
    private PostgresServer _postgres = null!;

    public async ValueTask InitializeAsync() => _postgres = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Repeats_within_a_group_make_one_release(bool shared)
    {
        await using var host = await StartAsync(shared);
        var draft = Draft();
        var (first, again, other) = (Candidate(draft), Candidate(draft), Candidate(Draft(), "delivery"));
        var repeated = Candidate(Draft(), "delivery");

        await AdmitAsync(host, first, again, other, repeated);

        (await first.Answer).ShouldBe(new Admission(first.Id, IsNew: true));
        (await again.Answer).ShouldBe(new Admission(first.Id, IsNew: false));
        (await other.Answer).ShouldBe(new Admission(other.Id, IsNew: true));
        (await repeated.Answer).ShouldBe(new Admission(other.Id, IsNew: false));
        await Eventually.TrueAsync(() => host.Sent.Of<PushReceived>().Count >= 2);
        (await ReleasesAsync(host)).ShouldBe([first.Id, other.Id], ignoreOrder: true);
    }

    /// <summary>A coordinator whose database was lost goes on above it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_push_says_how_far_the_releases_of_its_application_are_numbered(bool shared)
    {
        await using var host = await StartAsync(shared);
        var released = Snapshots.Push(Guid.NewGuid());
        await host.PublishAsync(Snapshots.Release(released, 9, ReleaseStates.Completed) with { Number = 7 });
        await Eventually.TrueAsync(async () => (await ReleasesAsync(host)).Count == 1);
        var (first, second) = (Candidate(Draft()), Candidate(Draft()));

        await AdmitAsync(host, first);
        await AdmitAsync(host, second);

        foreach (var candidate in new[] { first, second })
        {
            var sent = await host.Sent.FirstAsync<PushReceived>(it => it.ReleaseId == candidate.Id);
            sent.After.ShouldBe(7);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_group_is_stored_and_read_again_as_it_was(bool shared)
    {
        await using var host = await StartAsync(shared);
        var candidates = Enumerable.Range(0, 50).Select(_ => Candidate(Draft())).ToArray();

        await AdmitAsync(host, candidates);
        await AdmitAsync(host, [.. candidates.Select(candidate => Candidate(candidate.Push))]);

        (await ReleasesAsync(host)).ShouldBe(candidates.Select(candidate => candidate.Id), ignoreOrder: true);
        foreach (var candidate in candidates)
        {
            var sent = await host.Sent.FirstAsync<PushReceived>(it => it.ReleaseId == candidate.Id);
            sent.Source.ShouldBe(candidate.Push.Source);
            sent.Pusher.ShouldBe(candidate.Push.Pusher);
            var release = await host.GetAsync($"/api/releases/{candidate.Id}");
            release.Text("commit").ShouldBe(candidate.Push.Source.Commit);
            release
                .GetProperty("receivedAt")
                .GetDateTimeOffset()
                .ShouldBe(sent.ReceivedAt, TimeSpan.FromMilliseconds(1));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_repositories_of_one_name_in_a_group_the_first_has_it(bool shared)
    {
        await using var host = await StartAsync(shared);
        var (first, second) = (Candidate(Draft("acme/shop")), Candidate(Draft("rival/shop")));

        await AdmitAsync(host, first, second);

        (await first.Answer).IsNew.ShouldBeTrue();
        (await Should.ThrowAsync<CanaryException>(second.Answer)).Code.ShouldBe("application-taken");
        (await ReleasesAsync(host)).ShouldBe([first.Id]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_cannot_be_stored_takes_no_other_with_it(bool shared)
    {
        await using var host = await StartAsync(shared);
        var drafts = Enumerable.Range(0, 20).Select(_ => Draft()).ToList();
        var bad = drafts[13];
        await WithStoreAsync(
            host,
            store =>
            {
                // In the way of the unique key, and not found by the id.
                store.Releases.Add(RowWithKeyOf(bad));
                return store.SaveChangesAsync();
            }
        );
        var admission = host.App.Services.GetRequiredService<PushAdmission>();

        var answers = drafts.Select(draft => admission.AdmitAsync(draft, null, CancellationToken.None)).ToList();

        foreach (var (draft, answer) in drafts.Zip(answers))
        {
            if (draft == bad)
            {
                await Should.ThrowAsync<DbUpdateException>(answer);
            }
            else
            {
                (await answer).IsNew.ShouldBeTrue();
            }
        }

        (await ReleasesAsync(host)).Count.ShouldBe(drafts.Count);
    }

    [Fact]
    public async Task A_push_that_somebody_else_stores_in_the_same_moment_is_known()
    {
        var rival = new Rival();
        await using var host = await IngressHost.StartAsync(services =>
            services.ConfigureDbContext<IngressStore>(options => options.AddInterceptors(rival))
        );
        var draft = Draft();
        rival.Stores = () =>
            WithStoreAsync(
                host,
                store =>
                {
                    store.Releases.Add(RowOf(draft, Candidate(draft).Id));
                    return store.SaveChangesAsync();
                }
            );

        var admission = await host
            .App.Services.GetRequiredService<PushAdmission>()
            .AdmitAsync(draft, null, CancellationToken.None);

        admission.ShouldBe(new Admission(Candidate(draft).Id, IsNew: false));
    }

    [Fact]
    public async Task Nothing_of_a_group_is_recorded_when_the_database_dies_during_its_commit()
    {
        var database = await _postgres.NewDatabaseAsync();
        await using var host = await StartAsync(database);
        var pushes = Enumerable.Range(0, 20).Select(_ => new Push()).ToList();
        using (var first = await host.DeliverAsync(new Push().ToJson()))
        {
            first.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        }

        // Their rows are in, and their events wait for this.
        var block = _postgres.QueryAsync(
            database,
            "BEGIN; LOCK TABLE ingress.\"Outbox\" IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)"
        );
        await Eventually.TrueAsync(async () => await LocksAsync(database, granted: true) > 0);
        var answers = pushes.Select(push => host.DeliverAsync(push.ToJson())).ToList();
        await Eventually.TrueAsync(async () => await LocksAsync(database, granted: false) > 0);
        await _postgres.KillAsync();

        foreach (var answer in answers)
        {
            using var refused = await answer;
            await refused.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "database-unavailable");
        }

        await Should.ThrowAsync<Exception>(block);
        await _postgres.StartAgainAsync();
        (await _postgres.QueryAsync(database, "SELECT count(*) FROM ingress.\"Releases\"")).Trim().ShouldBe("1");
        foreach (var push in pushes)
        {
            await Eventually.PassesAsync(async () =>
            {
                using var accepted = await host.DeliverAsync(push.ToJson());
                accepted.StatusCode.ShouldBe(HttpStatusCode.Accepted);
            });
        }
    }

    private async Task<IngressHost> StartAsync(bool shared) =>
        await StartAsync(shared ? await _postgres.NewDatabaseAsync() : null);

    private async Task<IngressHost> StartAsync(string? database)
    {
        string[] storage = database is null
            ? []
            :
            [
                "--hosting:storage:provider=postgresql",
                $"--hosting:storage:host={PostgresServer.Host}",
                $"--hosting:storage:port={_postgres.Port}",
                $"--hosting:storage:database={database}",
                $"--hosting:storage:user={PostgresServer.User}",
                $"--hosting:storage:passwordfile={_postgres.PasswordFile}",
            ];
        var host = await IngressHost.StartAsync([.. storage, "--ingress:repositories:2:name=rival/*"]);
        await Eventually.TrueAsync(async () =>
        {
            using var ready = await host.Anonymous.GetAsync("/health/ready");
            return ready.IsSuccessStatusCode;
        });
        return host;
    }

    private static PushDraft Draft(string repository = "acme/shop") =>
        new()
        {
            Application = repository.Split('/')[1],
            IsApplicationChosen = false,
            Source = new SourceReference
            {
                Repository = repository,
                CloneUrl = $"https://github.com/{repository}.git",
                Branch = "main",
                Commit = Push.NewCommit(),
            },
            Deploys = true,
            Pusher = "ada",
            Title = "Sell 'hats' \\ and {shoes}, \"all\" of them",
        };

    private static Candidate Candidate(PushDraft draft, string? delivery = null) =>
        new(draft, delivery, run: 1, request: null, CancellationToken.None);

    private static ReleaseRow RowWithKeyOf(PushDraft draft) => RowOf(draft, Guid.NewGuid());

    private static ReleaseRow RowOf(PushDraft draft, Guid id)
    {
        var push = Snapshots.Push(id);
        return new ReleaseRow
        {
            Id = push.ReleaseId,
            Key = Candidate(draft).Id.ToString("N"),
            Application = "other",
            Repository = "acme/other",
            Commit = push.Source.Commit,
            ReceivedAt = push.ReceivedAt,
            Push = push,
            State = ReleaseStates.Completed,
            ChangedAt = push.ReceivedAt,
        };
    }

    private static async Task AdmitAsync(IngressHost host, params Candidate[] group)
    {
        await using var scope = host.App.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<GroupAdmission>().AdmitAsync(group);
    }

    private static async Task WithStoreAsync(IngressHost host, Func<IngressStore, Task> work)
    {
        await using var scope = host.App.Services.CreateAsyncScope();
        await work(scope.ServiceProvider.GetRequiredService<IngressStore>());
    }

    private static async Task<IReadOnlyList<Guid>> ReleasesAsync(IngressHost host)
    {
        IReadOnlyList<Guid> ids = [];
        await WithStoreAsync(host, async store => ids = await store.Releases.Select(x => x.Id).ToListAsync());
        return ids;
    }

    private async Task<int> LocksAsync(string database, bool granted) =>
        int.Parse(
            await _postgres.QueryAsync(
                database,
                $"""
                SELECT count(*) FROM pg_locks WHERE relation = 'ingress."Outbox"'::regclass AND granted = {granted}
                    AND (mode = 'AccessExclusiveLock' OR mode = 'RowExclusiveLock')
                """
            )
        );

    /// <summary>Whoever stores the same just before the first that is stored here.</summary>
    private sealed class Rival : SaveChangesInterceptor
    {
        public Func<Task>? Stores { get; set; }

        public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(
            DbContextEventData eventData,
            InterceptionResult<int> result,
            CancellationToken cancellationToken = default
        )
        {
            if (
                Stores is { } stores
                && eventData.Context!.ChangeTracker.Entries<ReleaseRow>().Any(row => row.State == EntityState.Added)
            )
            {
                Stores = null;
                await stores();
            }

            return result;
        }
    }
}
