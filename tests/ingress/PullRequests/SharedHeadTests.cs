using Canary.Contracts.Releases;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Tests.Notifications.GitHub;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.PullRequests;

/// <summary>GitHub shows one check beside a commit, whatever has it for its head: anybody may take a commit for a pull request of their
/// own.</summary>
public sealed class SharedHeadTests
{
    private const string Check = "canary/shop/pull-request";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fork_with_the_same_head_does_not_hide_how_it_is(bool asApp)
    {
        await using var fixture = await StartAsync(asApp);
        var push = fixture.Push();
        await AddAsync(fixture, Build(push, number: 12, PullRequestStates.Succeeded));
        await Eventually.TrueAsync(() => ShownOf(fixture, push) == "success");

        var stranger = await AddAsync(fixture, Build(push, number: 13, PullRequestStates.Waiting));
        await Eventually.TrueAsync(async () => (await FindAsync(fixture, stranger)).Reports > 1);

        ShownOf(fixture, push).ShouldBe("success");
        (await FindAsync(fixture, stranger)).Reported.ShouldBeNull();
    }

    [Fact]
    public async Task Of_two_that_wait_the_first_is_shown_and_the_other_once_it_is_closed()
    {
        await using var fixture = await StartAsync();
        var push = fixture.Push();
        var first = await AddAsync(fixture, Build(push, number: 12, PullRequestStates.Waiting));
        var second = await AddAsync(fixture, Build(push, number: 13, PullRequestStates.Waiting));
        await Eventually.TrueAsync(async () =>
            (await FindAsync(fixture, first)).ReportAt is null && (await FindAsync(fixture, second)).Reports > 1
        );
        (await FindAsync(fixture, second)).Reported.ShouldBeNull();

        await ChangeAsync(fixture, first, build => build.Become(PullRequestStates.Cancelled, Snapshots.Noon));

        await Eventually.TrueAsync(() => fixture.Server.Look(_ => fixture.Repository.Statuses.Count) == 2);
        ShownOf(fixture, push).ShouldBe("pending");
    }

    [Fact]
    public async Task What_was_cancelled_before_and_is_said_late_hides_nothing_and_gives_its_place_back()
    {
        await using var fixture = await StartAsync();
        var push = fixture.Push();
        var build = Build(push, number: 12, PullRequestStates.Succeeded, ordinal: 2);
        await AddAsync(fixture, build);
        await Eventually.TrueAsync(() => ShownOf(fixture, push) == "success");
        var told = fixture.Repository.Statuses.Count;
        var closed = Build(push, number: 12, PullRequestStates.Cancelled, ordinal: 1);
        closed.Reported = """{"said":"InProgress: It runs."}""";

        await AddAsync(fixture, closed);

        await Eventually.TrueAsync(async () => (await FindAsync(fixture, closed.Id)).ReportAt is null);
        await Eventually.TrueAsync(() => fixture.Server.Look(_ => fixture.Repository.Statuses.Count) > told);
        ShownOf(fixture, push).ShouldBe("success");
    }

    [Fact]
    public async Task The_newest_that_was_built_is_shown()
    {
        await using var fixture = await StartAsync();
        var push = fixture.Push();
        await AddAsync(fixture, Build(push, number: 12, PullRequestStates.Failed));
        await Eventually.TrueAsync(() => ShownOf(fixture, push) == "failure");

        await AddAsync(fixture, Build(push, number: 13, PullRequestStates.Succeeded));

        await Eventually.TrueAsync(() => ShownOf(fixture, push) == "success");
    }

    private static Task<ReportFixture> StartAsync(bool asApp = false) =>
        ReportFixture.StartAsync(
            asApp,
            "--ingress:repositories:2:name=acme/shop",
            "--ingress:repositories:2:pullrequests=true",
            "--ingress:republishafter=00:00:00.100",
            "--ingress:republishatmost=00:00:00.200"
        );

    private static string? ShownOf(ReportFixture fixture, PushReceived push) =>
        fixture.ChecksOf(push).GetValueOrDefault(Check);

    private static async Task<Guid> AddAsync(ReportFixture fixture, PullRequestBuildRow build)
    {
        await using var scope = fixture.Host.App.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        store.PullRequestBuilds.Add(build);
        await store.SaveChangesAsync();
        return build.Id;
    }

    private static async Task ChangeAsync(ReportFixture fixture, Guid id, Action<PullRequestBuildRow> change)
    {
        await using var scope = fixture.Host.App.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        change((await store.PullRequestBuilds.FindAsync(id))!);
        await store.SaveChangesAsync();
    }

    private static async Task<PullRequestBuildRow> FindAsync(ReportFixture fixture, Guid id)
    {
        await using var scope = fixture.Host.App.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        return (await store.PullRequestBuilds.FindAsync(id))!;
    }

    private static PullRequestBuildRow Build(PushReceived push, int number, string state, int ordinal = 1) =>
        new()
        {
            Id = Guid.NewGuid(),
            PullRequestId = $"1#{number}",
            Ordinal = ordinal,
            Number = number,
            Application = push.Application,
            Repository = push.Source.Repository,
            CloneUrl = push.Source.CloneUrl,
            Commit = push.Source.Commit,
            IsFork = state == PullRequestStates.Waiting,
            State = state,
            CreatedAt = Snapshots.Noon,
            ReportAt = Snapshots.Noon,
        };
}
