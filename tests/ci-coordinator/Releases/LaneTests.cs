using Canary.CiCoordinator.Releases;
using Canary.Contracts;
using Canary.Contracts.Releases;

namespace Canary.CiCoordinator.Tests.Releases;

public sealed class LaneTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_newer_push_supersedes_the_newest_so_far()
    {
        var first = Push("b", before: "a", second: 1);
        var second = Push("c", before: "b", second: 2);
        var lane = Lane.StartWith(first);

        var start = lane.Admit(second);

        start.Supersedes.ShouldBe(first.ReleaseId);
        start.SupersededBy.ShouldBeNull();
        lane.LatestReleaseId.ShouldBe(second.ReleaseId);
    }

    [Fact]
    public void A_repeated_push_starts_in_the_same_way()
    {
        var first = Push("b", before: "a", second: 1);
        var second = Push("c", before: "b", second: 2);
        var lane = Lane.StartWith(first);
        var start = lane.Admit(second);

        lane.Admit(second).ShouldBe(start);
        lane.Admit(second with { ReceivedAt = Noon.AddDays(3) }).Supersedes.ShouldBe(first.ReleaseId);
    }

    [Fact]
    public void A_push_that_was_received_earlier_is_the_older_one()
    {
        var lane = Lane.StartWith(Push("c", before: "x", second: 2));

        var start = lane.Admit(Push("b", before: "a", second: 1));

        start.SupersededBy.ShouldBe(lane.LatestReleaseId);
        start.Supersedes.ShouldBeNull();
    }

    [Fact]
    public void The_commit_that_the_newest_push_built_upon_is_the_older_one_even_if_it_arrives_later()
    {
        var newest = Push("c", before: "b", second: 1);
        var lane = Lane.StartWith(newest);

        lane.Admit(Push("b", before: "a", second: 2)).SupersededBy.ShouldBe(newest.ReleaseId);

        // And so is the one before it, now that the chain is known.
        lane.Admit(Push("a", before: "0", second: 3)).SupersededBy.ShouldBe(newest.ReleaseId);
        lane.LatestReleaseId.ShouldBe(newest.ReleaseId);
    }

    [Fact]
    public void Going_back_to_an_older_commit_by_force_makes_it_the_newest()
    {
        var lane = Lane.StartWith(Push("c", before: "b", second: 1));

        var back = Push("b", before: "c", second: 2);

        lane.Admit(back).SupersededBy.ShouldBeNull();
        lane.LatestReleaseId.ShouldBe(back.ReleaseId);
    }

    [Fact]
    public void A_run_that_a_person_asked_for_is_the_newest_whatever_its_commit()
    {
        var lane = Lane.StartWith(Push("c", before: "b", second: 1));

        var manual = Push("b", before: null, second: 2);

        lane.Admit(manual).SupersededBy.ShouldBeNull();
    }

    [Fact]
    public void Ten_pushes_in_any_order_leave_the_last_one_as_the_newest()
    {
        var pushes = Enumerable.Range(1, 10).Select(i => Push($"{i}", before: $"{i - 1}", second: i)).ToList();
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var order = pushes.OrderBy(_ => random.Next()).ToList();
            var lane = Lane.StartWith(order[0]);
            var starts = order.Skip(1).Select(lane.Admit).ToList();

            lane.LatestReleaseId.ShouldBe(pushes[^1].ReleaseId);
            // Every other one is superseded: at its start or by the one that came after it.
            var superseded = starts.Select(x => x.SupersededBy is null ? x.Supersedes!.Value : x.ReleaseId).ToHashSet();
            superseded.ShouldBe(pushes[..^1].Select(x => x.ReleaseId), ignoreOrder: true);
        }
    }

    [Fact]
    public void What_a_lane_remembers_is_bounded()
    {
        var lane = Lane.StartWith(Push("0", before: null, second: 0));
        for (var i = 1; i < 500; i++)
        {
            lane.Admit(Push($"{i}", before: $"{i - 1}", second: i));
        }

        lane.KnownOlder.Count.ShouldBe(100);
        lane.KnownOlder.ShouldContain("498");
    }

    private static PushReceived Push(string commit, string? before, int second) =>
        new()
        {
            ReleaseId = Guid.NewGuid(),
            Application = "shop",
            Source = new SourceReference
            {
                Repository = "acme/shop",
                CloneUrl = "https://example.org/acme/shop.git",
                Branch = "main",
                Commit = commit,
            },
            Before = before,
            Deploys = true,
            Pusher = "ada",
            ReceivedAt = Noon.AddSeconds(second),
        };
}
