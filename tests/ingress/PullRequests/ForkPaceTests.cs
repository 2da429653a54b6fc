using Canary.Ingress.PullRequests;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.PullRequests;

/// <summary>Anybody may push to a fork; what that costs at GitHub is bounded.</summary>
public sealed class ForkPaceTests
{
    private static readonly PullRequestEvent Opened = new PullRequestEvent().OfFork();

    private static readonly PullRequestNews News = new()
    {
        Id = "1#12",
        Repository = "acme/shop",
        CloneUrl = "https://github.com/acme/shop.git",
        Application = "shop",
        Number = 12,
        Commit = Push.NewCommit(),
        IsFork = true,
        IsOpen = true,
        Title = "Sell hats",
        Author = "mallory",
    };

    [Fact]
    public void Of_an_hour_of_pushes_a_few_heads_are_looked_at_and_the_last_one_too()
    {
        var pull = PullRequestRow.Of(News);
        var (now, looks) = (Snapshots.Noon, 0);
        for (var second = 0; second < 3600; second++, now = now.AddSeconds(1))
        {
            pull.Take(News, now, TimeSpan.FromMinutes(10));
            if (pull.LookAt <= now)
            {
                looks++;
                pull.LookAt = null;
            }
        }

        looks.ShouldBeInRange(6, 13);
        pull.LookAt!.Value.ShouldBeLessThanOrEqualTo(now.AddMinutes(10));
    }

    [Fact]
    public void One_that_had_no_builds_is_looked_at_at_once()
    {
        var pull = PullRequestRow.Of(News);

        pull.Take(News, Snapshots.Noon, TimeSpan.Zero);
        pull.Take(News, Snapshots.Noon.AddSeconds(1), TimeSpan.Zero);

        pull.LookAt.ShouldBe(Snapshots.Noon.AddSeconds(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_with_many_builds_is_looked_at_later_after_the_push_before(bool isFork)
    {
        await using var pulls = await PullRequestFixture.StartAsync();
        var told = isFork ? Opened : new PullRequestEvent();
        var head = await pulls.PushAsync(told);
        await pulls.BuildsAreAsync($"{head} {(isFork ? "AwaitingApproval" : "Building")}");
        await using var scope = pulls.Host.App.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        store.PullRequestBuilds.Add(Build(await store.PullRequests.Select(pull => pull.Id).SingleAsync(), ordinal: 40));
        await store.SaveChangesAsync();

        var next = await pulls.PushAsync(told with { Action = "synchronize", Second = 1 });

        if (isFork)
        {
            var pull = await store.PullRequests.AsNoTracking().SingleAsync();
            pull.LookAt!.Value.ShouldBeGreaterThan(pull.ChangedAt);
        }
        else
        {
            await pulls.OrderedAsync(next);
        }
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("{}", true)]
    public void Of_what_was_never_shown_the_end_is_not_shown(string? reported, bool isTold)
    {
        var build = Build("1#12", ordinal: 1);
        build.Reported = reported;

        build.Become(PullRequestStates.Cancelled, Snapshots.Noon);

        build.ReportAt.HasValue.ShouldBe(isTold);
    }

    [Fact]
    public void Of_what_GitHub_may_have_heard_of_it_is()
    {
        var build = Build("1#12", ordinal: 1);
        build.Reports = 1;

        build.Become(PullRequestStates.Cancelled, Snapshots.Noon);

        build.ReportAt.ShouldBe(Snapshots.Noon);
    }

    private static PullRequestBuildRow Build(string pull, int ordinal) =>
        new()
        {
            Id = Guid.NewGuid(),
            PullRequestId = pull,
            Ordinal = ordinal,
            Number = 12,
            Application = "shop",
            Repository = "acme/shop",
            CloneUrl = "https://github.com/acme/shop.git",
            Commit = Push.NewCommit(),
            IsFork = true,
            State = PullRequestStates.Waiting,
            CreatedAt = Snapshots.Noon,
        };
}
