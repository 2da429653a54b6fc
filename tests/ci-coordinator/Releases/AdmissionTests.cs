using Canary.CiCoordinator.Releases;
using Canary.Contracts;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Releases;

/// <summary>Which push is the newest: real git says so, and no clock does.</summary>
public sealed class AdmissionTests : IAsyncLifetime
{
    private GitRepository _repository = null!;
    private TestHost _host = null!;

    private string Counter => Path.Combine(_host.DataPath, "builds");

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync();
        _host = await TestHost.StartAsync(
            "--ci-coordinator:releases:admissiondeadline=00:00:00.050",
            "--ci-coordinator:releases:rolloutdeadline=00:00:00.200"
        );
        _repository.WithConventionScripts(build: $"git rev-parse HEAD >> {Counter}");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _repository.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task A_late_delivery_is_superseded_by_the_head_and_changes_nothing(string scheme)
    {
        await CompleteAsync(await CommitAsync("A"), scheme);
        var b = await CommitAsync("B");
        await CommitAsync("C");
        var d = await CompleteAsync(await CommitAsync("D"), scheme);

        var late = Push(b, scheme);
        await _host.PublishAsync(late);

        var release = await _host.IsInAsync(late.ReleaseId, ReleaseStates.Superseded);
        release.Successor.ShouldBe(d.ReleaseId);
        release.Number.ShouldBe(0);
        _host.Neighbours.Rollouts.Select(x => x.Number).ShouldBe([1, 2]);
        Built().ShouldNotContain(b);
    }

    [Fact]
    public async Task Clocks_that_jump_change_nothing()
    {
        var noon = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var numbers = new List<long>();
        foreach (var hours in (int[])[+5, -3, 0, +1000, -1000])
        {
            var push = Push(await CommitAsync($"at {hours} hours")) with { ReceivedAt = noon.AddHours(hours) };
            await _host.PublishAsync(push);
            numbers.Add((await _host.IsInAsync(push.ReleaseId, ReleaseStates.Completed)).Number);
        }

        numbers.ShouldBe([1, 2, 3, 4, 5]);
        _host.Neighbours.Rollouts.Select(x => x.Number).ShouldBe(numbers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task A_branch_that_is_set_back_deploys_what_the_commit_has_published_already(string scheme)
    {
        var a = await CompleteAsync(await CommitAsync("A"), scheme);
        var b = await CompleteAsync(await CommitAsync("B"), scheme);
        await SetBranchAsync(a.Source.Commit);

        await _host.PublishAsync(a);

        var again = await CompletedAsync(3);
        again.CorrelationId.ShouldNotBe(a.ReleaseId);
        again.Push.Source.Commit.ShouldBe(a.Source.Commit);
        again.Deployment!.Of.ShouldBe(a.ReleaseId);
        again.Supersedes.ShouldBe(b.ReleaseId);
        again.Stages.ShouldAllBe(x => x.State == StageState.Skipped && x.Detail != null);
        Built().ShouldBe([a.Source.Commit, b.Source.Commit]);
        _host.Neighbours.Rollouts.Select(x => x.Number).ShouldBe([1, 2, 3]);

        // The same delivery once more, and one of what is not the head any more.
        await RepeatAsync(a);
        await RepeatAsync(b);
        (await _host.ReleasesAsync()).Count.ShouldBe(3);

        await SetBranchAsync(b.Source.Commit);
        await _host.PublishAsync(b);
        (await CompletedAsync(4)).Deployment!.Of.ShouldBe(b.ReleaseId);
    }

    [Fact]
    public async Task A_branch_that_is_set_back_to_what_has_left_the_repository_builds_it_again()
    {
        var a = await CompleteAsync(await CommitAsync("A"));
        var b = await CompleteAsync(await CommitAsync("B"));
        await SetBranchAsync(a.Source.Commit);
        _host.Neighbours.HasForgotten = true;

        await _host.PublishAsync(a);

        var again = await CompletedAsync(3);
        again.Deployment!.Of.ShouldBe(a.ReleaseId);
        again.Stages.ShouldAllBe(x => x.State == StageState.Succeeded);
        Built().ShouldBe([a.Source.Commit, b.Source.Commit, a.Source.Commit]);
    }

    [Fact]
    public async Task A_branch_that_is_set_back_to_what_was_never_published_builds_it()
    {
        var good = await CommitAsync("good");
        await CommitAsync("newer");
        var late = Push(good);
        await _host.PublishAsync(late);
        await _host.IsInAsync(late.ReleaseId, ReleaseStates.Superseded);
        await SetBranchAsync(good);

        await _host.PublishAsync(late);

        var again = await CompletedAsync(2);
        again.Push.Source.Commit.ShouldBe(good);
        again.Deployment.ShouldBeNull();
        Built().ShouldContain(good);
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task A_head_whose_push_did_not_come_is_released_with_what_git_says_of_it(string scheme)
    {
        var c = Push(await CommitAsync("C"), scheme);
        var d = await CommitAsync("Sell hats");

        await _host.PublishAsync(c);

        var release = await CompletedAsync(1);
        release.Push.Source.Commit.ShouldBe(d);
        release.Push.Title.ShouldBe("Sell hats");
        release.Push.Pusher.ShouldBe("Ada Author");
        (await _host.IsInAsync(c.ReleaseId, ReleaseStates.Superseded)).Successor.ShouldBe(release.CorrelationId);

        // Its own push, after all, finds it there.
        var own = Push(d, scheme);
        own.ReleaseId.ShouldBe(release.CorrelationId);
        await RepeatAsync(own);
        (await _host.ReleasesAsync()).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task A_commit_that_was_forced_away_is_refused_and_says_where_the_branch_is(string scheme)
    {
        var a = await CompleteAsync(await CommitAsync("A"), scheme);
        var away = Push(await CommitAsync("away"), scheme);
        await SetBranchAsync(a.Source.Commit);

        await _host.PublishAsync(away);

        var release = await _host.IsInAsync(away.ReleaseId, ReleaseStates.Failed);
        release.Failure!.Code.ShouldBe("commit-not-on-branch");
        release.Failure.Message.ShouldContain("main");
        release.Failure.Message.ShouldContain(a.Source.Commit[..12]);
        (await _host.ReleasesAsync()).Count.ShouldBe(2);
    }

    public static TheoryData<string, string, bool> CommitsOfOthers()
    {
        var data = new TheoryData<string, string, bool>();
        foreach (var scheme in (string[])["", "file://"])
        {
            foreach (
                var reference in (string[])["refs/heads/other", "refs/pull/1/head", "refs/pull/1/merge", "refs/tags/v1"]
            )
            {
                data.Add(scheme, reference, false);
                data.Add(scheme, reference, true);
            }
        }
        return data;
    }

    /// <summary>A repository serves such commits by their ids. GitHub keeps what forks propose under <c>refs/pull</c> of the
    /// repository itself.</summary>
    [Theory]
    [MemberData(nameof(CommitsOfOthers))]
    public async Task A_commit_that_only_another_reference_leads_to_is_refused(
        string scheme,
        string reference,
        bool byAPerson
    )
    {
        var a = await CommitAsync("A");
        var foreign = await CommitAsync("of somebody else");
        await _repository.GitAsync("update-ref", reference, foreign);
        await SetBranchAsync(a);

        var push = Push(foreign, scheme) with { IsRequested = byAPerson };
        await _host.PublishAsync(push);

        var release = await _host.IsInAsync(push.ReleaseId, ReleaseStates.Failed);
        release.Failure!.Code.ShouldBe("commit-not-on-branch");
        Built().ShouldNotContain(foreign);
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task Without_a_branch_the_head_of_the_repository_counts(string scheme)
    {
        var a = await CommitAsync("A");
        var foreign = await CommitAsync("of somebody else");
        await _repository.GitAsync("update-ref", "refs/pull/1/head", foreign);
        await SetBranchAsync(a);
        await _repository.GitAsync("checkout", "--quiet", "--detach", a);

        var refused = WithoutBranch(foreign);
        var released = WithoutBranch(a);
        await _host.PublishAsync(refused);
        await _host.PublishAsync(released);

        (await _host.IsInAsync(refused.ReleaseId, ReleaseStates.Failed)).Failure!.Code.ShouldBe("commit-not-on-branch");
        await _host.IsInAsync(released.ReleaseId, ReleaseStates.Completed);

        PushReceived WithoutBranch(string commit)
        {
            var push = Push(commit, scheme) with { IsRequested = true };
            return push with { Source = push.Source with { Branch = "HEAD" } };
        }
    }

    [Fact]
    public async Task A_commit_that_its_branch_does_not_hold_is_not_built_either()
    {
        var a = await CommitAsync("A");
        var foreign = await CommitAsync("of somebody else");
        await _repository.GitAsync("update-ref", "refs/pull/1/head", foreign);
        await _repository.GitAsync("update-ref", "refs/heads/feature", a);
        await SetBranchAsync(a);

        var refused = BuiltOnly(foreign);
        var built = BuiltOnly(a);
        await _host.PublishAsync(refused);
        await _host.PublishAsync(built);

        (await _host.IsInAsync(refused.ReleaseId, ReleaseStates.Failed)).Failure!.Code.ShouldBe("commit-not-on-branch");
        (await _host.IsInAsync(built.ReleaseId, ReleaseStates.Completed)).Number.ShouldBe(0);
        Built().ShouldBe([a]);

        PushReceived BuiltOnly(string commit)
        {
            var push = Push(commit);
            return push with { Deploys = false, Source = push.Source with { Branch = "feature" } };
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("file://")]
    public async Task A_commit_that_was_forced_away_is_refused_to_a_person_too(string scheme)
    {
        var a = await CommitAsync("A");
        var away = Push(await CommitAsync("away"), scheme) with { IsRequested = true };
        await SetBranchAsync(a);

        await _host.PublishAsync(away);

        (await _host.IsInAsync(away.ReleaseId, ReleaseStates.Failed)).Failure!.Code.ShouldBe("commit-not-on-branch");
    }

    [Fact]
    public async Task A_person_runs_a_commit_of_another_branch_by_naming_the_branch()
    {
        var a = await CommitAsync("A");
        await _repository.GitAsync("checkout", "--quiet", "-b", "other");
        var older = await CommitAsync("older");
        await CommitAsync("newer");
        await _repository.GitAsync("checkout", "--quiet", "main");
        (await _repository.HeadAsync()).ShouldBe(a);
        var push = Push(older);

        await _host.PublishAsync(push with { IsRequested = true, Source = push.Source with { Branch = "other" } });

        await _host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
    }

    [Fact]
    public async Task A_branch_that_a_person_names_must_be_there()
    {
        var push = Push(await CommitAsync("A"));

        await _host.PublishAsync(push with { IsRequested = true, Source = push.Source with { Branch = "nowhere" } });

        (await _host.IsInAsync(push.ReleaseId, ReleaseStates.Failed)).Failure!.Code.ShouldBe("branch-missing");
    }

    [Fact]
    public async Task What_is_checked_out_without_a_branch_runs()
    {
        var a = await CommitAsync("A");
        await _repository.GitAsync("checkout", "--quiet", "--detach");
        var push = Push(a);

        await _host.PublishAsync(push with { IsRequested = true, Source = push.Source with { Branch = "HEAD" } });

        await _host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
    }

    [Fact]
    public async Task A_repository_that_is_unavailable_delays_its_releases_and_says_so()
    {
        var push = Push(await CommitAsync("A"));
        var elsewhere = _repository.Path + ".elsewhere";
        Directory.Move(_repository.Path, elsewhere);

        await _host.PublishAsync(push);

        await Eventually.TrueAsync(() =>
            _host.Neighbours.Changes.Any(x => x is { State: ReleaseStates.Admitting, WaitingFor: not null })
        );
        _host.Neighbours.Changes.First(x => x.WaitingFor is not null).WaitingFor!.ShouldContain(_repository.Path);
        Directory.Move(elsewhere, _repository.Path);
        var release = await _host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
        release.Number.ShouldBe(1);
        release.WaitingFor.ShouldBeNull();
    }

    [Fact]
    public async Task A_branch_that_is_not_there_yet_is_waited_for()
    {
        var push = Push(await CommitAsync("A"));
        push = push with { Source = push.Source with { Branch = "later" } };

        await _host.PublishAsync(push);

        await Eventually.TrueAsync(() => _host.Neighbours.Changes.Any(x => x.WaitingFor?.Contains("later") == true));
        await _repository.GitAsync("branch", "later");
        await _host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
    }

    [Fact]
    public async Task What_a_person_runs_gets_the_next_number_wherever_the_branch_is()
    {
        var a = await CompleteAsync(await CommitAsync("A"));
        await CompleteAsync(await CommitAsync("B"));
        var run = a with { ReleaseId = ReleaseId.Of("shop", a.Source.Commit, true, run: 2), IsRequested = true };

        await _host.PublishAsync(run);

        (await _host.IsInAsync(run.ReleaseId, ReleaseStates.Completed)).Number.ShouldBe(3);
    }

    [Fact]
    public async Task A_commit_that_a_person_runs_must_exist()
    {
        await CommitAsync("A");
        var run = Push(new string('1', 40)) with { IsRequested = true };

        await _host.PublishAsync(run);

        (await _host.IsInAsync(run.ReleaseId, ReleaseStates.Failed)).Failure!.Code.ShouldBe("commit-missing");
    }

    [Fact]
    public async Task A_delivery_that_is_repeated_does_not_undo_what_a_person_has_deployed()
    {
        var a = await CompleteAsync(await CommitAsync("A"));
        var b = await CompleteAsync(await CommitAsync("B"));
        await DeployAsync(a);
        await CompletedAsync(3);

        await RepeatAsync(b);

        (await _host.ReleasesAsync()).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_person_deploys_what_was_published_and_nothing_is_built()
    {
        var a = await CompleteAsync(await CommitAsync("A"));
        var b = await CompleteAsync(await CommitAsync("B"));

        var command = await DeployAsync(a, fast: true);
        await _host.SendAsync(command);

        var release = await CompletedAsync(3);
        release.CorrelationId.ShouldBe(command.ReleaseId);
        release.Deployment.ShouldBe(command.Deployment);
        release.Supersedes.ShouldBe(b.ReleaseId);
        Built().Length.ShouldBe(2);
        var rollout = _host.Neighbours.Rollouts[^1];
        rollout.IsFast.ShouldBeTrue();
        rollout.By.ShouldBe("grace");
        rollout.Number.ShouldBe(3);
        (await _host.ReleasesAsync()).Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_was_never_published_cannot_be_deployed()
    {
        var a = Push(await CommitAsync("A"));

        var command = await DeployAsync(a);

        (await _host.IsInAsync(command.ReleaseId, ReleaseStates.Failed)).Failure!.Code.ShouldBe(
            "version-not-published"
        );
    }

    [Fact]
    public async Task What_is_pushed_while_deployments_are_held_waits_and_what_a_person_deploys_does_not()
    {
        var a = await CompleteAsync(await CommitAsync("A"));
        await _host.SendAsync(
            new HoldApplication
            {
                Application = "shop",
                By = "grace",
                Reason = "the sale",
            }
        );
        await Eventually.TrueAsync(() => _host.Neighbours.Holds.Any(x => x.Hold is not null));
        var b = Push(await CommitAsync("B"));
        await _host.PublishAsync(b);
        (await _host.IsInAsync(b.ReleaseId, ReleaseStates.Held)).WaitingFor!.ShouldContain("the sale");
        var c = Push(await CommitAsync("C"));
        await _host.PublishAsync(c);
        await _host.IsInAsync(c.ReleaseId, ReleaseStates.Held);
        await _host.IsInAsync(b.ReleaseId, ReleaseStates.Superseded);

        await DeployAsync(a);
        await CompletedAsync(4);
        // What the deployment superseded is not waiting any more.
        await _host.IsInAsync(c.ReleaseId, ReleaseStates.Superseded);

        var d = Push(await CommitAsync("D"));
        await _host.PublishAsync(d);
        await _host.IsInAsync(d.ReleaseId, ReleaseStates.Held);
        await _host.SendAsync(new ResumeApplication { Application = "shop", By = "grace" });
        await _host.IsInAsync(d.ReleaseId, ReleaseStates.Completed);
        await Eventually.TrueAsync(() => _host.Neighbours.Holds.MaxBy(x => x.Revision)!.Hold is null);
    }

    private async Task<string> CommitAsync(string title)
    {
        _repository.WithFile("what", title);
        return await _repository.CommitAsync(title);
    }

    private Task<string> SetBranchAsync(string commit) => _repository.GitAsync("reset", "--quiet", "--hard", commit);

    private PushReceived Push(string commit, string scheme = "") => TestHost.Push(scheme + _repository.Path, commit);

    private async Task<PushReceived> CompleteAsync(string commit, string scheme = "")
    {
        var push = Push(commit, scheme);
        await _host.PublishAsync(push);
        await _host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
        return push;
    }

    private async Task<ReleaseState> CompletedAsync(long number)
    {
        ReleaseState? release = null;
        await Eventually.TrueAsync(async () =>
        {
            release = (await _host.ReleasesAsync()).SingleOrDefault(x => x.Number == number);
            return release?.CurrentState == ReleaseStates.Completed;
        });
        return release!;
    }

    /// <summary>Publishes a push that is known, and waits until the lane has judged it.</summary>
    private async Task RepeatAsync(PushReceived push)
    {
        var before = (await _host.ReleasesAsync()).Single(x => x.CorrelationId == push.ReleaseId).Revision;
        await _host.PublishAsync(push);
        await Eventually.TrueAsync(async () =>
            (await _host.ReleasesAsync()).Single(x => x.CorrelationId == push.ReleaseId).Revision > before
        );
    }

    private async Task<DeployRelease> DeployAsync(PushReceived push, bool fast = false)
    {
        var command = new DeployRelease
        {
            ReleaseId = Guid.NewGuid(),
            Application = "shop",
            Push = push,
            Deployment = new Deployment
            {
                Of = push.ReleaseId,
                Version = "1.0",
                By = "grace",
                Reason = "the new one is slow",
                IsFast = fast,
            },
        };
        await _host.SendAsync(command);
        return command;
    }

    private string[] Built() => File.Exists(Counter) ? File.ReadAllLines(Counter) : [];
}
