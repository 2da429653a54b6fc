using Canary.CiCoordinator.Releases;
using Canary.Contracts.Releases;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.CiCoordinator.Tests.Releases;

/// <summary>Old releases are forgotten, and their commits are released once all the same.</summary>
public sealed class ForgettingTests : IAsyncLifetime
{
    private GitRepository _repository = null!;
    private TestHost _host = null!;

    private string Counter => Path.Combine(_host.DataPath, "builds");

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync();
        _host = await TestHost.StartAsync("--ci-coordinator:releases:admissiondeadline=00:00:00.050");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _repository.Dispose();
    }

    [Fact]
    public async Task What_ended_long_ago_is_forgotten_and_a_message_of_it_begins_nothing()
    {
        var failed = await ReleaseAsync($"echo a >> {Counter}; exit 1", ReleaseStates.Failed);
        var old = await ReleaseAsync($"echo b >> {Counter}", ReleaseStates.Completed);
        var newest = await ReleaseAsync($"echo c >> {Counter}; exit 1", ReleaseStates.Failed);
        await AgeAsync(TimeSpan.FromDays(400));

        (await ForgetAsync()).ShouldBe(1);

        (await _host.ReleasesAsync())
            .Select(release => release.CorrelationId)
            .ShouldBe([old.ReleaseId, newest.ReleaseId], ignoreOrder: true);

        await _host.PublishAsync(failed);
        var again = await _host.IsInAsync(failed.ReleaseId, ReleaseStates.Failed);
        again.Failure!.Code.ShouldBe("release-forgotten");
        File.ReadAllLines(Counter).ShouldBe(["a", "b", "c"]);
        _host.Neighbours.Rollouts.ShouldHaveSingleItem().ReleaseId.ShouldBe(old.ReleaseId);
    }

    [Fact]
    public async Task What_is_younger_than_the_retention_stays()
    {
        await ReleaseAsync("exit 1", ReleaseStates.Failed);
        await ReleaseAsync("exit 0", ReleaseStates.Completed);
        await AgeAsync(TimeSpan.FromDays(300));

        (await ForgetAsync()).ShouldBe(0);

        (await _host.ReleasesAsync()).Count.ShouldBe(2);
    }

    private async Task<PushReceived> ReleaseAsync(string build, string end)
    {
        var commit = await _repository.WithConventionScripts(build: build).CommitAsync();
        var push = TestHost.Push(_repository.Path, commit);
        await _host.PublishAsync(push);
        await _host.IsInAsync(push.ReleaseId, end);
        return push;
    }

    private async Task AgeAsync(TimeSpan age)
    {
        await using var scope = _host.Services.CreateAsyncScope();
        var finished = TimeProvider.System.GetUtcNow() - age;
        await scope
            .ServiceProvider.GetRequiredService<ReleaseStore>()
            .Releases.ExecuteUpdateAsync(
                set => set.SetProperty(release => release.FinishedAt, finished),
                TestContext.Current.CancellationToken
            );
    }

    private Task<int> ForgetAsync() =>
        _host.Services.GetRequiredService<Forgetting>().ForgetAsync(TestContext.Current.CancellationToken);
}
