using Canary.Contracts.Releases;
using Canary.Testing;
using Canary.Testing.GitHub;

namespace Canary.Ingress.Tests.Notifications.GitHub;

/// <summary>What can go wrong at GitHub, and the right outcome: the same in each case.</summary>
public sealed class GitHubReportFaultTests
{
    private static readonly GitHubFaultKind[] Kinds = Enum.GetValues<GitHubFaultKind>();

    private static readonly GitHubFaultKind[] Unheard =
    [
        GitHubFaultKind.Unauthorized,
        GitHubFaultKind.PrimaryLimit,
        GitHubFaultKind.DoneAndServerError,
        GitHubFaultKind.DoneAndAnswerLost,
        GitHubFaultKind.Truncated,
    ];

    /// <summary>Requests that make something, in every way; others in those that differ for them.</summary>
    public static TheoryData<string, GitHubFaultKind> FaultsOfAnApp =>
        new(
            new[] { "POST repos/acme/shop/check-runs", "POST repos/acme/shop/deployments" }
                .SelectMany(part => Kinds.Select(kind => (part, kind)))
                .Concat(
                    new[]
                    {
                        "PATCH repos/acme/shop/check-runs",
                        "GET repos/acme/shop/installation",
                        "POST app/installations",
                    }.SelectMany(part => Unheard.Select(kind => (part, kind)))
                )
        );

    public static TheoryData<GitHubFaultKind> FaultsOfAToken => [.. Kinds];

    [Theory]
    [MemberData(nameof(FaultsOfAnApp))]
    public async Task A_release_is_shown_once_and_as_it_is(string part, GitHubFaultKind fault)
    {
        await using var fixture = await ReportFixture.StartAsync();
        fixture.Server.Break(part, fault, times: 2);
        var push = fixture.Push();

        await fixture.ReleaseIsAsync(push, 1, ReleaseStates.Building);
        await fixture.ToldAsync(push);
        await fixture.CompleteAsync(push with { });
        await fixture.ReleaseIsAsync(push, 6, ReleaseStates.Completed);
        await Eventually.TrueAsync(() =>
            fixture.ChecksOf(push).GetValueOrDefault("canary/shop/production") == "success"
            && Latest(fixture, push, "production") == "success"
        );
        await fixture.ToldAsync(push);
        await fixture.IsWellAsync();

        fixture.Server.FaultsToCome.ShouldBeLessThan(2);
        fixture.ChecksOf(push).Values.ShouldBe(["success", "success", "success", "success"]);
        fixture.Server.Look(_ => fixture.Repository.CheckRuns.Count(run => run["conclusion"] is null)).ShouldBe(0);
        // What came twice, or when nobody waited for it any more, GitHub cannot tell from what was meant: it is shown as it is, too.
        if (fault is not (GitHubFaultKind.DoneTwice or GitHubFaultKind.DoneAfterHang))
        {
            fixture.CheckRunsOf(push).ShouldBe(4);
            fixture.Repository.Deployments.Count.ShouldBe(2);
        }

        fixture
            .Repository.Deployments.Where(it => fixture.Repository.StateOf(it) == "success")
            .GroupBy(it => ReportFixture.Text(it, "environment"))
            .ShouldAllBe(active => active.Count() == 1);
    }

    [Theory]
    [MemberData(nameof(FaultsOfAToken))]
    public async Task The_same_with_a_token(GitHubFaultKind fault)
    {
        await using var fixture = await ReportFixture.StartAsync(asApp: false);
        fixture.Server.Break("POST repos/acme/shop/statuses", fault, times: 2);
        var push = fixture.Push();

        await fixture.CompleteAsync(push);
        await Eventually.TrueAsync(() =>
            fixture.ChecksOf(push).Values.Count(state => state == "success") == 4
            && Latest(fixture, push, "production") == "success"
        );
        await fixture.ToldAsync(push);
        await fixture.IsWellAsync();

        fixture.Server.FaultsToCome.ShouldBe(0);
        fixture.Repository.Deployments.Count.ShouldBe(2);
    }

    private static string? Latest(ReportFixture fixture, PushReceived push, string environment) =>
        fixture.Server.Look(_ =>
            fixture
                .Repository.Deployments.Where(it => ReportFixture.Text(it, "environment") == environment)
                .Where(it => ReportFixture.Text(it, "sha") == push.Source.Commit)
                .Select(fixture.Repository.StateOf)
                .FirstOrDefault()
        );
}
