using Canary.Contracts;
using Canary.Contracts.Packaging;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests;

/// <summary>Packages that were built elsewhere have no commit, no build and no plan of their own.</summary>
public sealed class UploadTests : IAsyncLifetime
{
    private GitRepository _repository = null!;

    public async ValueTask InitializeAsync() => _repository = await GitRepository.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_package_from_elsewhere_is_published_as_it_is_and_goes_out_as_the_application_did()
    {
        await using var host = await TestHost.StartAsync();
        var built = TestHost.Push(_repository.Path, await _repository.WithConventionScripts().CommitAsync());
        await host.PublishAsync(built);
        await host.IsInAsync(built.ReleaseId, ReleaseStates.Completed);

        var upload = Upload('a', "2.0-1");
        await host.PublishAsync(upload);

        var release = await host.IsInAsync(upload.ReleaseId, ReleaseStates.Completed);
        release.Number.ShouldBe(2);
        release
            .Stages.Select(stage => stage.State)
            .ShouldBe([StageState.Skipped, StageState.Skipped, StageState.Succeeded]);
        var rollout = host.Neighbours.Rollouts[^1];
        rollout.Package.ShouldBe(upload.Upload);
        rollout.Plan.Soak.ShouldBe(Neighbours.Plan.Soak);
    }

    [Fact]
    public async Task A_newer_package_supersedes_the_one_that_waits()
    {
        await using var host = await TestHost.StartAsync();
        host.Neighbours.CompletesRollouts = false;
        var first = Upload('a', "1.0-1");
        await host.PublishAsync(first);
        await host.IsInAsync(first.ReleaseId, ReleaseStates.RollingOut);

        var second = Upload('b', "1.1-1");
        await host.PublishAsync(second);

        await host.IsInAsync(second.ReleaseId, ReleaseStates.RollingOut);
        await host.IsInAsync(first.ReleaseId, ReleaseStates.Superseded);
    }

    [Fact]
    public async Task What_the_publisher_has_thrown_away_is_not_built_again()
    {
        await using var host = await TestHost.StartAsync();
        host.Neighbours.HasForgotten = true;
        var upload = Upload('a', "1.0-1");

        await host.PublishAsync(upload);

        var release = await host.IsInAsync(upload.ReleaseId, ReleaseStates.Failed);
        release.Failure!.Code.ShouldBe("package-not-uploaded");
    }

    [Fact]
    public async Task What_a_program_brings_while_deployments_are_held_waits_and_what_a_person_brings_does_not()
    {
        await using var host = await TestHost.StartAsync();
        await host.SendAsync(new HoldApplication { Application = "shop", By = "grace" });
        await Eventually.TrueAsync(() => host.Neighbours.Holds.Any(x => x.Hold is not null));

        var brought = Upload('a', "1.0-1");
        await host.PublishAsync(brought);
        (await host.IsInAsync(brought.ReleaseId, ReleaseStates.Held)).WaitingFor!.ShouldContain("grace");

        var asked = Upload('b', "1.1-1") with { IsRequested = true };
        await host.PublishAsync(asked);
        await host.IsInAsync(asked.ReleaseId, ReleaseStates.Completed);
    }

    [Fact]
    public async Task A_package_that_is_brought_again_keeps_its_place()
    {
        await using var host = await TestHost.StartAsync();
        host.Neighbours.CompletesRollouts = false;
        var first = Upload('a', "1.0-1");
        await host.PublishAsync(first);
        var before = await host.IsInAsync(first.ReleaseId, ReleaseStates.RollingOut);

        await host.PublishAsync(first);
        await Eventually.TrueAsync(async () => (await host.ReleasesAsync()).Single().Revision > before.Revision);
        var second = Upload('b', "1.1-1");
        await host.PublishAsync(second);

        (await host.IsInAsync(second.ReleaseId, ReleaseStates.RollingOut)).Number.ShouldBe(2);
        (await host.IsInAsync(first.ReleaseId, ReleaseStates.Superseded)).Number.ShouldBe(1);
    }

    private static PushReceived Upload(char digit, string version)
    {
        var digest = new string(digit, 64);
        var push = TestHost.Push("package:shop", digest);
        return push with
        {
            Source = push.Source with { Repository = "package:shop", Branch = "upload" },
            Upload = new PackageReference
            {
                Name = "shop",
                Version = version,
                Architecture = "all",
                Sha256 = digest,
                Size = 1,
            },
        };
    }
}
