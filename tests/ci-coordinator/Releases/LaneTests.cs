using Canary.CiCoordinator.Releases;
using Canary.Contracts.Releases;

namespace Canary.CiCoordinator.Tests.Releases;

public sealed class LaneTests
{
    private readonly Lane _lane = new() { Application = "shop" };

    [Fact]
    public void Numbers_count_up_from_one_and_each_release_takes_the_place_of_the_one_before()
    {
        var first = _lane.AdmitHead(Push("a"));
        var second = _lane.AdmitHead(Push("b"));
        var third = _lane.Admit(Push("c"));

        first.Number.ShouldBe(1);
        first.Supersedes.ShouldBeNull();
        second.Number.ShouldBe(2);
        second.Supersedes.ShouldBe(first.ReleaseId);
        third.Number.ShouldBe(3);
        third.Supersedes.ShouldBe(second.ReleaseId);
        _lane.NewestReleaseId.ShouldBe(third.ReleaseId);
    }

    /// <summary>A lane whose database was begun anew.</summary>
    [Fact]
    public void It_goes_on_above_what_is_known_elsewhere()
    {
        _lane.AdmitHead(Push("a") with { After = 16 }).Number.ShouldBe(17);
        _lane.AdmitHead(Push("b") with { After = 12 }).Number.ShouldBe(18);
    }

    [Fact]
    public void What_a_person_runs_does_not_move_the_head()
    {
        var head = _lane.AdmitHead(Push("b"));

        _lane.Admit(Push("a"));

        _lane.HeadCommit.ShouldBe("b");
        _lane.HeadReleaseId.ShouldBe(head.ReleaseId);
        _lane.NewestCommit.ShouldBe("a");
    }

    [Fact]
    public void A_branch_that_comes_to_what_a_person_runs_has_its_release_already()
    {
        _lane.AdmitHead(Push("b"));
        var run = _lane.Admit(Push("a"));

        _lane.NewestIsHead();

        _lane.HeadCommit.ShouldBe("a");
        _lane.HeadReleaseId.ShouldBe(run.ReleaseId);
        _lane.LastNumber.ShouldBe(2);
    }

    private static PushReceived Push(string commit) =>
        TestHost.Push("https://example.org/acme/shop.git", commit) with
        {
            ReleaseId = Guid.NewGuid(),
        };
}
