using Canary.CiCoordinator.Releases;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Releases;

public sealed class ReleaseStateMachineTests : IAsyncLifetime
{
    private ReleaseHarness _harness = null!;

    public async ValueTask InitializeAsync() => _harness = await ReleaseHarness.StartAsync();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_push_goes_through_all_stages()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Completed);

        var build = (await _harness.SentAsync<StartBuild>()).ShouldHaveSingleItem();
        build.Source.ShouldBe(push.Source);
        build.JobId.ShouldBe(JobIds.Build(push.ReleaseId));
        build.Deploys.ShouldBeTrue();
        (await _harness.SentAsync<BuildPackage>()).ShouldHaveSingleItem().Source.ShouldBe(push.Source);
        (await _harness.SentAsync<PublishPackage>()).ShouldHaveSingleItem().Package.ShouldBe(ReleaseHarness.Package);
        var rollout = (await _harness.SentAsync<StartRollout>()).ShouldHaveSingleItem();
        rollout.RolloutId.ShouldBe(push.ReleaseId);
        rollout.Plan.Soak.ShouldBe(TimeSpan.FromSeconds(3));
        rollout.Number.ShouldBe(7);

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Completed);
        final.Version.ShouldBe(ReleaseHarness.Package.Version);
        final.Failure.ShouldBeNull();
        final.FinishedAt.ShouldNotBeNull();
        final.Stages.Select(x => x.Name).ShouldBe(["build", "package", "publish"]);
        final.Stages.ShouldAllBe(x =>
            x.State == StageState.Succeeded && x.Attempts == 1 && x.StartedAt <= x.FinishedAt
        );
    }

    [Fact]
    public async Task Every_transition_is_announced_with_a_higher_revision()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Completed);
        await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Completed);

        _harness
            .Announced(push.ReleaseId)
            .OrderBy(x => x.Revision)
            .Select(x => (x.Revision, x.State))
            .ShouldBe([
                (1, ReleaseStates.Admitting),
                (2, ReleaseStates.Building),
                (3, ReleaseStates.Packaging),
                (4, ReleaseStates.Publishing),
                (5, ReleaseStates.RollingOut),
                (6, ReleaseStates.Completed),
            ]);
    }

    [Fact]
    public async Task A_branch_that_does_not_deploy_is_complete_when_it_is_built()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Building, ReleaseHarness.Push(deploys: false));
        (await _harness.SentAsync<StartBuild>()).ShouldHaveSingleItem().Deploys.ShouldBeFalse();

        await _harness.PublishAsync(ReleaseHarness.BuildSucceeded(push));

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Completed);
        final.Stages.Select(x => x.State).ShouldBe([StageState.Succeeded, StageState.Skipped, StageState.Skipped]);
        _harness.Sent<BuildPackage>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_failed_build_ends_the_release_with_its_reason()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Building);

        await _harness.PublishAsync(ReleaseHarness.BuildFailed(push));

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Failed);
        final.Failure.ShouldBe(ReleaseHarness.Failure);
        final.Stages.Select(x => x.State).ShouldBe([StageState.Failed, StageState.Skipped, StageState.Skipped]);
    }

    [Fact]
    public async Task A_failed_packaging_ends_the_release_with_its_reason()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Packaging);

        await _harness.PublishAsync(
            new PackagingFailed
            {
                ReleaseId = push.ReleaseId,
                Application = push.Application,
                JobId = JobIds.Package(push.ReleaseId),
                Failure = ReleaseHarness.Failure,
            }
        );

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Failed);
        final.Stages.Select(x => x.State).ShouldBe([StageState.Succeeded, StageState.Failed, StageState.Skipped]);
    }

    [Fact]
    public async Task A_failed_publication_ends_the_release_with_its_reason()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Publishing);

        await _harness.PublishAsync(
            new PublishingFailed
            {
                ReleaseId = push.ReleaseId,
                Application = push.Application,
                Failure = ReleaseHarness.Failure,
            }
        );

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Failed);
        final.Failure.ShouldBe(ReleaseHarness.Failure);
    }

    [Theory]
    [InlineData(RolloutStates.Failed)]
    [InlineData(RolloutStates.RolledBack)]
    public async Task The_end_of_the_rollout_is_the_end_of_the_release(string state)
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);

        await _harness.PublishAsync(ReleaseHarness.Rollout(push, state, 7, ReleaseHarness.Failure));

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == state);
        final.Failure.ShouldBe(ReleaseHarness.Failure);
        final.FinishedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_newer_commit_stops_a_build()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Building);
        var newer = Guid.NewGuid();

        await _harness.SendAsync(new SupersedeRelease { ReleaseId = push.ReleaseId, SupersededBy = newer });

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Superseded);
        final.SupersededBy.ShouldBe(newer);
        final.Stages.ShouldAllBe(x => x.State == StageState.Skipped);
        (await _harness.SentAsync<CancelBuild>()).ShouldHaveSingleItem().JobId.ShouldBe(JobIds.Build(push.ReleaseId));
    }

    [Fact]
    public async Task A_newer_commit_stops_a_packaging()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Packaging);

        await _harness.SendAsync(new SupersedeRelease { ReleaseId = push.ReleaseId, SupersededBy = Guid.NewGuid() });

        await _harness.IsInAsync(push.ReleaseId, ReleaseStates.Superseded);
        (await _harness.SentAsync<CancelPackage>())
            .ShouldHaveSingleItem()
            .JobId.ShouldBe(JobIds.Package(push.ReleaseId));
    }

    [Fact]
    public async Task A_newer_commit_supersedes_a_release_that_is_being_published()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Publishing);

        await _harness.SendAsync(new SupersedeRelease { ReleaseId = push.ReleaseId, SupersededBy = Guid.NewGuid() });

        await _harness.IsInAsync(push.ReleaseId, ReleaseStates.Superseded);
    }

    [Fact]
    public async Task Whether_a_newer_commit_supersedes_a_rollout_is_up_to_the_rollout()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);
        var newer = Guid.NewGuid();

        await _harness.SendAsync(new SupersedeRelease { ReleaseId = push.ReleaseId, SupersededBy = newer });

        (await _harness.SentAsync<SupersedeRollout>()).ShouldHaveSingleItem().RolloutId.ShouldBe(push.ReleaseId);
        _harness.Find(push.ReleaseId)!.CurrentState.ShouldBe(ReleaseStates.RollingOut);

        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.Superseded, 2));
        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Superseded);
        final.SupersededBy.ShouldBe(newer);
    }

    [Fact]
    public async Task A_decision_follows_another_start_since_the_first_may_be_lost()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);
        await _harness.SentAsync<StartRollout>();

        await _harness.SendAsync(new SupersedeRelease { ReleaseId = push.ReleaseId, SupersededBy = Guid.NewGuid() });

        await _harness.SentAsync<StartRollout>(2);
        await _harness.SentAsync<SupersedeRollout>();
    }

    [Fact]
    public async Task A_superseded_rollout_that_has_reached_hosts_goes_on_to_its_own_end()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);
        await _harness.SendAsync(new SupersedeRelease { ReleaseId = push.ReleaseId, SupersededBy = Guid.NewGuid() });

        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.Completed, 2));

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Completed);
        final.SupersededBy.ShouldBeNull();
    }

    [Fact]
    public async Task A_release_supersedes_the_one_before_it()
    {
        var older = await _harness.BringToAsync(ReleaseStates.Building);

        var newer = await _harness.BringToAsync(ReleaseStates.Building, supersedes: older.ReleaseId);

        var final = await _harness.AnnouncedAsync(older.ReleaseId, x => x.State == ReleaseStates.Superseded);
        final.SupersededBy.ShouldBe(newer.ReleaseId);
    }

    [Fact]
    public async Task Superseding_waits_for_a_release_whose_start_was_overtaken()
    {
        var older = ReleaseHarness.Push();
        var newer = await _harness.BringToAsync(ReleaseStates.Building, supersedes: older.ReleaseId);

        await _harness.PublishAsync(older);

        await _harness.IsInAsync(older.ReleaseId, ReleaseStates.Superseded);
        _harness.Find(newer.ReleaseId)!.CurrentState.ShouldBe(ReleaseStates.Building);
    }

    [Fact]
    public async Task An_outdated_push_is_superseded_from_the_start()
    {
        var push = ReleaseHarness.Push();
        var newer = Guid.NewGuid();

        await _harness.BringToAsync(ReleaseStates.Admitting, push);

        await _harness.SendAsync(
            new StartRelease
            {
                ReleaseId = push.ReleaseId,
                Push = push,
                SupersededBy = newer,
            }
        );

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Superseded);
        final.SupersededBy.ShouldBe(newer);
        final.Stages.ShouldAllBe(x => x.State == StageState.Skipped);
        _harness.Sent<StartBuild>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ReleaseStates.Admitting)]
    [InlineData(ReleaseStates.Building)]
    [InlineData(ReleaseStates.Packaging)]
    [InlineData(ReleaseStates.Publishing)]
    [InlineData(ReleaseStates.Held)]
    public async Task Before_the_rollout_a_person_can_abort(string state)
    {
        var push = await _harness.BringToAsync(state);

        await _harness.SendAsync(
            new AbortRelease
            {
                ReleaseId = push.ReleaseId,
                By = "grace",
                Reason = "wrong branch",
            }
        );

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Failed);
        final.Failure!.Code.ShouldBe("aborted");
        final.Failure.Message.ShouldContain("grace");
        final.Failure.Message.ShouldContain("wrong branch");
        await Eventually.TrueAsync(() =>
            _harness.Sent<CancelBuild>().Count == (state == ReleaseStates.Building ? 1 : 0)
            && _harness.Sent<CancelPackage>().Count == (state == ReleaseStates.Packaging ? 1 : 0)
        );
    }

    [Theory]
    [InlineData(ReleaseStates.Admitting)]
    [InlineData(ReleaseStates.Building)]
    [InlineData(ReleaseStates.Packaging)]
    [InlineData(ReleaseStates.Publishing)]
    [InlineData(ReleaseStates.Held)]
    public async Task Before_the_rollout_a_rollback_is_an_abort(string state)
    {
        var push = await _harness.BringToAsync(state);

        await _harness.SendAsync(new RollBackRelease { ReleaseId = push.ReleaseId, By = "grace" });

        (await _harness.IsInAsync(push.ReleaseId, ReleaseStates.Failed)).Failure!.Code.ShouldBe("aborted");
    }

    [Theory]
    [InlineData(ReleaseStates.Admitting)]
    [InlineData(ReleaseStates.Building)]
    [InlineData(ReleaseStates.Packaging)]
    [InlineData(ReleaseStates.Publishing)]
    [InlineData(ReleaseStates.Held)]
    public async Task Before_the_rollout_there_is_nothing_to_promote(string state)
    {
        var push = await _harness.BringToAsync(state);

        await _harness.SendAsync(new PromoteRelease { ReleaseId = push.ReleaseId, By = "grace" });
        await _harness.ConsumedAsync<PromoteRelease>();

        _harness.Find(push.ReleaseId)!.CurrentState.ShouldBe(state);
        _harness.Sent<PromoteRollout>().ShouldBeEmpty();
        _harness.FaultCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_promotion_is_forwarded_and_repeated_until_the_rollout_shows_it()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);
        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.AwaitingPromotion, 3));

        await _harness.SendAsync(new PromoteRelease { ReleaseId = push.ReleaseId, By = "grace" });
        await _harness.SentAsync<PromoteRollout>();
        await _harness.PassDeadlineAsync(push.ReleaseId);

        var sent = await _harness.SentAsync<PromoteRollout>(2);
        sent.ShouldAllBe(x => x.By == "grace" && x.RolloutId == push.ReleaseId);

        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.DeployingWave, 4));
        await Eventually.TrueAsync(() => _harness.Find(push.ReleaseId)!.Decision is null);
    }

    [Fact]
    public async Task A_promotion_that_came_early_is_repeated_when_the_canaries_are_well()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);
        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.Soaking, 3));
        await _harness.ConsumedAsync<RolloutChanged>();
        await _harness.SendAsync(new PromoteRelease { ReleaseId = push.ReleaseId, By = "grace" });
        await _harness.SentAsync<PromoteRollout>();

        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.AwaitingPromotion, 4));

        await _harness.SentAsync<PromoteRollout>(2);
    }

    [Fact]
    public async Task A_rollback_is_forwarded_with_its_reason_and_repeated_until_the_rollout_shows_it()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);

        await _harness.SendAsync(
            new RollBackRelease
            {
                ReleaseId = push.ReleaseId,
                By = "grace",
                Reason = "errors",
            }
        );
        // The rollout began only after the decision had been forwarded.
        await _harness.SentAsync<RollBackRollout>();
        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.Preflight, 1));
        var sent = await _harness.SentAsync<RollBackRollout>(2);
        sent.ShouldAllBe(x => x.By == "grace" && x.Reason == "errors");

        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.RollingBack, 2));
        await Eventually.TrueAsync(() => _harness.Find(push.ReleaseId)!.Decision is null);
        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.RolledBack, 3));
        await _harness.IsInAsync(push.ReleaseId, ReleaseStates.RolledBack);
    }

    [Fact]
    public async Task An_abort_during_the_rollout_is_a_rollback()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);

        await _harness.SendAsync(new AbortRelease { ReleaseId = push.ReleaseId, By = "grace" });

        (await _harness.SentAsync<RollBackRollout>()).ShouldHaveSingleItem().By.ShouldBe("grace");
    }

    [Fact]
    public async Task Nobody_promotes_what_is_being_taken_back()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);
        await _harness.SendAsync(new RollBackRelease { ReleaseId = push.ReleaseId, By = "grace" });
        await _harness.SentAsync<RollBackRollout>();

        await _harness.SendAsync(new PromoteRelease { ReleaseId = push.ReleaseId, By = "ada" });
        await _harness.ConsumedAsync<PromoteRelease>();

        _harness.Sent<PromoteRollout>().ShouldBeEmpty();
        _harness.Find(push.ReleaseId)!.Decision!.RollsBack.ShouldBeTrue();
    }

    [Fact]
    public async Task An_old_snapshot_of_the_rollout_changes_nothing()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);
        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.DeployingWave, 5));
        await Eventually.TrueAsync(() => _harness.Find(push.ReleaseId)!.RolloutRevision == 5);

        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.Soaking, 4));
        await _harness.ConsumedAsync<RolloutChanged>(2);

        _harness.Find(push.ReleaseId)!.RolloutRevision.ShouldBe(5);
    }

    [Theory]
    [InlineData(ReleaseStates.Admitting, "commit-not-located")]
    [InlineData(ReleaseStates.Building, "build-lost")]
    [InlineData(ReleaseStates.Packaging, "package-lost")]
    [InlineData(ReleaseStates.Publishing, "publication-lost")]
    [InlineData(ReleaseStates.RollingOut, "rollout-lost")]
    public async Task What_gives_no_answer_is_asked_again_and_then_fails_visibly(string state, string code)
    {
        await using var harness = await ReleaseHarness.StartAsync(
            new ReleaseOptions
            {
                AdmissionAttempts = 3,
                BuildAttempts = 3,
                PackageAttempts = 3,
                PublishAttempts = 3,
                RolloutAttempts = 3,
            }
        );
        var push = ReleaseHarness.Push();
        await harness.PublishAsync(push);
        await harness.SentAsync<AdmitPush>();
        if (state != ReleaseStates.Admitting)
        {
            await harness.SendAsync(ReleaseHarness.Start(push));
            await harness.SentAsync<StartBuild>();
        }
        if (state is not (ReleaseStates.Admitting or ReleaseStates.Building))
        {
            await harness.PublishAsync(ReleaseHarness.BuildSucceeded(push));
            await harness.SentAsync<BuildPackage>();
        }
        if (state is ReleaseStates.Publishing or ReleaseStates.RollingOut)
        {
            await harness.PublishAsync(ReleaseHarness.PackageBuilt(push));
            await harness.SentAsync<PublishPackage>();
        }
        if (state is ReleaseStates.RollingOut)
        {
            await harness.PublishAsync(ReleaseHarness.PackagePublished(push));
        }
        await harness.IsInAsync(push.ReleaseId, state);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await Eventually.TrueAsync(() => harness.Find(push.ReleaseId)!.Attempts == attempt);
            await harness.PassDeadlineAsync(push.ReleaseId);
        }

        var final = await harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Failed);

        final.Failure!.Code.ShouldBe(code);
        final.Failure.Message.ShouldContain(state == ReleaseStates.Admitting ? "3 attempts" : "3 times");
        var asked = state switch
        {
            ReleaseStates.Admitting => harness.Sent<AdmitPush>().Select(x => x.ReleaseId).ToList(),
            ReleaseStates.Building => [.. harness.Sent<StartBuild>().Select(x => x.JobId)],
            ReleaseStates.Packaging => [.. harness.Sent<BuildPackage>().Select(x => x.JobId)],
            ReleaseStates.Publishing => [.. harness.Sent<PublishPackage>().Select(x => x.ReleaseId)],
            _ => harness.Sent<StartRollout>().Select(x => x.RolloutId).ToList(),
        };
        asked.Count.ShouldBe(3);
        asked.Distinct().ShouldHaveSingleItem();
        if (state is not (ReleaseStates.Admitting or ReleaseStates.RollingOut))
        {
            var stage = final.Stages.Single(x => x.State == StageState.Failed);
            stage.Attempts.ShouldBe(3);
        }
    }

    [Fact]
    public async Task A_rollout_that_answers_may_take_for_ever()
    {
        await using var harness = await ReleaseHarness.StartAsync(new ReleaseOptions { RolloutAttempts = 3 });
        var push = await harness.BringToAsync(ReleaseStates.RollingOut);

        for (var poll = 1; poll <= 8; poll++)
        {
            await harness.SentAsync<StartRollout>(poll);
            await harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.AwaitingPromotion, 3));
            await Eventually.TrueAsync(() => harness.Find(push.ReleaseId)!.Attempts == 0);
            await harness.PassDeadlineAsync(push.ReleaseId);
        }

        harness.Find(push.ReleaseId)!.CurrentState.ShouldBe(ReleaseStates.RollingOut);
    }

    [Theory]
    [InlineData(ReleaseStates.Building)]
    [InlineData(ReleaseStates.Packaging)]
    [InlineData(ReleaseStates.Publishing)]
    [InlineData(ReleaseStates.RollingOut)]
    public async Task A_deadline_that_a_starting_host_brought_forward_asks_again_without_counting(string state)
    {
        var push = await _harness.BringToAsync(state);

        for (var start = 1; start <= 3; start++)
        {
            await _harness.SendAsync(new ReleaseDeadline { ReleaseId = push.ReleaseId });
            await Eventually.TrueAsync(() => Asked() == start + 1);
        }

        var release = _harness.Find(push.ReleaseId)!;
        release.CurrentState.ShouldBe(state);
        release.Attempts.ShouldBeLessThanOrEqualTo(1);
        release.Stages.ShouldAllBe(x => x.Attempts <= 1);

        int Asked() =>
            state switch
            {
                ReleaseStates.Building => _harness.Sent<StartBuild>().Count,
                ReleaseStates.Packaging => _harness.Sent<BuildPackage>().Count,
                ReleaseStates.Publishing => _harness.Sent<PublishPackage>().Count,
                _ => _harness.Sent<StartRollout>().Count,
            };
    }

    [Theory]
    [InlineData(ReleaseStates.Admitting)]
    [InlineData(ReleaseStates.Building)]
    [InlineData(ReleaseStates.Packaging)]
    [InlineData(ReleaseStates.Publishing)]
    [InlineData(ReleaseStates.Held)]
    [InlineData(ReleaseStates.RollingOut)]
    public async Task A_release_that_waits_is_announced_again_to_whoever_lost_it(string state)
    {
        var push = await _harness.BringToAsync(state);
        await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == state);

        await _harness.SendAsync(new ReleaseDeadline { ReleaseId = push.ReleaseId });

        await Eventually.TrueAsync(() => _harness.Announced(push.ReleaseId).Count(x => x.State == state) == 2);
    }

    [Fact]
    public async Task A_host_that_starts_supersedes_the_predecessor_again()
    {
        var older = await _harness.BringToAsync(ReleaseStates.Building);
        var newer = await _harness.BringToAsync(ReleaseStates.Building, supersedes: older.ReleaseId);
        await _harness.SentAsync<SupersedeRelease>();

        await _harness.SendAsync(new ReleaseDeadline { ReleaseId = newer.ReleaseId });

        await _harness.SentAsync<SupersedeRelease>(2);
    }

    [Theory]
    [InlineData(ReleaseStates.Building)]
    [InlineData(ReleaseStates.Packaging)]
    [InlineData(ReleaseStates.Publishing)]
    [InlineData(ReleaseStates.Held)]
    [InlineData(ReleaseStates.RollingOut)]
    [InlineData(ReleaseStates.Completed)]
    public async Task A_push_that_comes_again_is_judged_by_the_lane_and_begins_nothing(string state)
    {
        var push = await _harness.BringToAsync(state);
        await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == state);
        var before = _harness.Find(push.ReleaseId)!.Revision;

        await _harness.PublishAsync(push);

        var asked = await _harness.SentAsync<AdmitPush>(2);
        asked.Select(x => x.IsRepeated).ShouldBe([false, true]);
        await _harness.SendAsync(ReleaseHarness.Start(push));
        // Whoever has published the push again is told that it was taken in.
        await Eventually.TrueAsync(() => _harness.Announced(push.ReleaseId).Any(x => x.Revision == before + 1));
        _harness.Find(push.ReleaseId)!.CurrentState.ShouldBe(state);
        _harness.Sent<StartBuild>().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_repository_that_does_not_answer_delays_and_says_so()
    {
        await using var harness = await ReleaseHarness.StartAsync(
            new ReleaseOptions { AdmissionDeadline = TimeSpan.FromMilliseconds(1) }
        );
        var push = await harness.BringToAsync(ReleaseStates.Admitting);

        await harness.PublishAsync(
            new AdmissionDelayed { ReleaseId = push.ReleaseId, Failure = ReleaseHarness.Failure }
        );

        var waiting = await harness.AnnouncedAsync(push.ReleaseId, x => x.WaitingFor is not null);
        waiting.State.ShouldBe(ReleaseStates.Admitting);
        waiting.WaitingFor.ShouldBe($"the repository: {ReleaseHarness.Failure.Message}");
        await harness.SentAsync<AdmitPush>(3);
        await harness.SendAsync(ReleaseHarness.Start(push));
        (await harness.IsInAsync(push.ReleaseId, ReleaseStates.Building)).WaitingFor.ShouldBeNull();
    }

    [Fact]
    public async Task A_full_disk_delays_the_admission_and_is_not_laid_to_the_repository()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Admitting);
        var full = ReleaseHarness.Failure with
        {
            Code = "disk-full",
            Message = "The file system of /data has no space left.",
        };

        await _harness.PublishAsync(new AdmissionDelayed { ReleaseId = push.ReleaseId, Failure = full });

        var waiting = await _harness.AnnouncedAsync(push.ReleaseId, x => x.WaitingFor is not null);
        waiting.State.ShouldBe(ReleaseStates.Admitting);
        waiting.WaitingFor.ShouldBe("free space: The file system of /data has no space left.");
    }

    [Fact]
    public async Task A_commit_that_is_refused_fails_with_the_reason()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Admitting);

        await _harness.SendAsync(ReleaseHarness.Start(push) with { Number = 0, Refusal = ReleaseHarness.Failure });

        var final = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Failed);
        final.Failure.ShouldBe(ReleaseHarness.Failure);
        final.Number.ShouldBe(0);
        _harness.Sent<StartBuild>().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_held_says_who_holds_it_and_goes_on_when_it_is_resumed()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Held);

        var waiting = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Held);
        waiting.WaitingFor!.ShouldContain("grace");
        waiting.WaitingFor!.ShouldContain("the sale");
        waiting.WaitingFor!.ShouldContain("canary apps resume shop");

        // A message that comes while it is held changes nothing.
        await _harness.SendAsync(new ContinueRelease { ReleaseId = push.ReleaseId });
        await _harness.ConsumedAsync<ContinueRelease>();
        _harness.Find(push.ReleaseId)!.CurrentState.ShouldBe(ReleaseStates.Held);

        await _harness.HoldAsync(push.Application, hold: null);
        await _harness.SendAsync(new ContinueRelease { ReleaseId = push.ReleaseId });
        (await _harness.IsInAsync(push.ReleaseId, ReleaseStates.RollingOut)).WaitingFor.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_held_looks_at_the_lane_by_itself()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Held);

        // Nobody tells the release.
        await _harness.HoldAsync(push.Application, hold: null);
        await _harness.PassDeadlineAsync(push.ReleaseId);

        await _harness.IsInAsync(push.ReleaseId, ReleaseStates.RollingOut);
    }

    [Fact]
    public async Task What_a_person_has_asked_for_is_not_held()
    {
        await _harness.HoldAsync("shop", ReleaseHarness.Hold);

        await _harness.BringToAsync(
            ReleaseStates.RollingOut,
            ReleaseHarness.Push() with
            {
                IsRequested = true,
                Promotes = true,
            }
        );

        var rollout = (await _harness.SentAsync<StartRollout>()).ShouldHaveSingleItem();
        rollout.Promotes.ShouldBeTrue();
        rollout.By.ShouldBe("ada");
    }

    [Fact]
    public async Task A_commit_that_is_released_again_is_deployed_as_that_of_who_pushed_it()
    {
        await _harness.BringToAsync(
            ReleaseStates.RollingOut,
            ReleaseHarness.Push() with
            {
                IsRequested = true,
                Pusher = "bob",
                Author = "ada",
            }
        );

        var rollout = (await _harness.SentAsync<StartRollout>()).ShouldHaveSingleItem();
        rollout.Author.ShouldBe("ada");
        rollout.By.ShouldBe("bob");
        rollout.Promotes.ShouldBeFalse();
    }

    [Fact]
    public async Task A_newer_commit_supersedes_what_is_held()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Held);

        await _harness.SendAsync(new SupersedeRelease { ReleaseId = push.ReleaseId, SupersededBy = Guid.NewGuid() });

        await _harness.IsInAsync(push.ReleaseId, ReleaseStates.Superseded);
    }

    [Fact]
    public async Task A_rollback_by_a_person_holds_what_is_pushed_next()
    {
        var push = await _harness.BringToAsync(ReleaseStates.RollingOut);

        await _harness.SendAsync(
            new RollBackRelease
            {
                ReleaseId = push.ReleaseId,
                By = "grace",
                Reason = "errors",
            }
        );

        var held = await _harness.PublishedAsync<ApplicationHoldChanged>();
        held.Application.ShouldBe("shop");
        held.Hold!.By.ShouldBe("grace");
        held.Hold.Reason.ShouldBe("errors");
    }

    [Fact]
    public async Task The_end_is_announced_until_it_is_acknowledged()
    {
        await using var harness = await ReleaseHarness.StartAsync(
            new ReleaseOptions { AcknowledgementDeadline = TimeSpan.FromHours(1) }
        );
        var push = await harness.BringToAsync(ReleaseStates.Completed);
        for (var announcement = 1; announcement <= 3; announcement++)
        {
            await Eventually.TrueAsync(() => Finals(harness, push) == announcement);
            await harness.PassDeadlineAsync(push.ReleaseId);
        }
        var revision = harness.Find(push.ReleaseId)!.Revision;

        await harness.SendAsync(new AcknowledgeRelease { ReleaseId = push.ReleaseId, Revision = revision - 1 });
        await harness.ConsumedAsync<AcknowledgeRelease>();
        harness.Find(push.ReleaseId)!.DeadlineToken.ShouldNotBeNull();

        await harness.SendAsync(new AcknowledgeRelease { ReleaseId = push.ReleaseId, Revision = revision });
        await Eventually.TrueAsync(() => harness.Find(push.ReleaseId)!.DeadlineToken is null);
        harness.Find(push.ReleaseId)!.Revision.ShouldBe(revision);
    }

    [Fact]
    public async Task Announcing_the_end_is_given_up_at_last_and_does_not_fail_the_release()
    {
        await using var harness = await ReleaseHarness.StartAsync(
            new ReleaseOptions { AcknowledgementDeadline = TimeSpan.FromHours(1), AcknowledgementAttempts = 4 }
        );
        var push = await harness.BringToAsync(ReleaseStates.Completed);

        for (var announcement = 1; announcement <= 4; announcement++)
        {
            await Eventually.TrueAsync(() => Finals(harness, push) == announcement);
            await harness.PassDeadlineAsync(push.ReleaseId);
        }
        await Eventually.TrueAsync(() => harness.Find(push.ReleaseId)!.DeadlineToken is null);

        harness.Find(push.ReleaseId)!.CurrentState.ShouldBe(ReleaseStates.Completed);
    }

    [Fact]
    public async Task The_stage_of_packaging_says_how_the_rehearsal_went()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Packaging);

        await _harness.PublishAsync(
            ReleaseHarness.PackageBuilt(push) with
            {
                Rehearsal = "rehearsed in 2.4 s: installed and purged",
            }
        );

        var announced = await _harness.AnnouncedAsync(push.ReleaseId, x => x.State == ReleaseStates.Publishing);
        var stage = announced.Stages.Single(x => x.Name == "package");
        stage.State.ShouldBe(StageState.Succeeded);
        stage.Detail.ShouldBe("rehearsed in 2.4 s: installed and purged");
    }

    [Fact]
    public async Task Late_messages_do_not_wake_a_release_that_has_ended()
    {
        var push = await _harness.BringToAsync(ReleaseStates.Building);
        await _harness.SendAsync(new AbortRelease { ReleaseId = push.ReleaseId, By = "grace" });
        // The saga is seen before it has said what it has become.
        var ended = await _harness.AnnouncedAsync(push.ReleaseId, it => it.State == ReleaseStates.Failed);

        await _harness.PublishAsync(ReleaseHarness.BuildSucceeded(push));
        await _harness.PublishAsync(ReleaseHarness.BuildFailed(push));
        await _harness.PublishAsync(ReleaseHarness.PackageBuilt(push));
        await _harness.PublishAsync(ReleaseHarness.PackagePublished(push));
        await _harness.PublishAsync(ReleaseHarness.Rollout(push, RolloutStates.Completed, 1));
        await _harness.SendAsync(new SupersedeRelease { ReleaseId = push.ReleaseId, SupersededBy = Guid.NewGuid() });
        await _harness.SendAsync(new PromoteRelease { ReleaseId = push.ReleaseId, By = "ada" });
        await _harness.SendAsync(new RollBackRelease { ReleaseId = push.ReleaseId, By = "ada" });
        await _harness.SendAsync(new AbortRelease { ReleaseId = push.ReleaseId, By = "ada" });
        await _harness.ConsumedAsync<AbortRelease>(2);
        await _harness.ConsumedAsync<RolloutChanged>();
        await _harness.ConsumedAsync<PackagePublished>();

        _harness.Find(push.ReleaseId)!.CurrentState.ShouldBe(ReleaseStates.Failed);
        _harness.Find(push.ReleaseId)!.Revision.ShouldBe(ended.Revision);
        _harness.FaultCount.ShouldBe(0);
    }

    private static int Finals(ReleaseHarness harness, PushReceived push) =>
        harness.Announced(push.ReleaseId).Count(x => x.State == ReleaseStates.Completed);
}
