using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Deployer.Alarms;
using Canary.Deployer.Convergence;
using Canary.Deployer.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Deployer.Tests.Rollouts;

/// <summary>Old rollouts are forgotten with their hosts; what a suite lists and what is at work is not.</summary>
public sealed class ForgettingTests
{
    [Fact]
    public async Task Of_each_application_the_newest_are_remembered_and_what_is_listed_or_at_work()
    {
        await using var host = await DeployerHost.StartAsync(("retainedrollouts", "10"));
        var listed = await host.RollOutAsync("2.0", number: 1);
        await host.EndAsync(listed);
        await AddAsync(host, number: 3, RolloutStates.AwaitingPromotion);
        for (var number = 4; number <= 20; number++)
        {
            await AddAsync(host, number, RolloutStates.Failed);
        }

        (await ForgetAsync(host)).ShouldBe(7);
        (await ForgetAsync(host)).ShouldBe(0);

        (await NumbersAsync(host)).ShouldBe([2, 3, .. Enumerable.Range(11, 10)]);
        (await HostsAsync(host, listed)).ShouldBe(4);
        host.Fleet.Failing["canary-1 install 3.0"] = true;
        var end = await host.EndAsync(await host.RollOutAsync("3.0", number: 30));
        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("canary-1").ShouldBe("2.0");
    }

    [Fact]
    public async Task Alarms_are_forgotten_when_many_have_begun_since_they_stopped()
    {
        await using var host = await DeployerHost.StartAsync();
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
            store.Observations.Add(new Observation { Application = Observation.Alarms, Revision = 20_000 });
            store.Alarms.AddRange(AlarmAt(9_999), AlarmAt(9_998, isFiring: true), AlarmAt(10_000));
            await store.SaveChangesAsync();
        }

        await ForgetAsync(host);

        await using var later = host.Services.CreateAsyncScope();
        var left = await later
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .Alarms.Select(alarm => alarm.Place)
            .ToListAsync();
        left.Order().ShouldBe([9_998L, 10_000L]);
    }

    private static Alarm AlarmAt(long place, bool isFiring = false) =>
        new()
        {
            Id = Guid.NewGuid(),
            Application = DeployerHost.App,
            Source = "generic",
            Summary = "no orders",
            Place = place,
            IsFiring = isFiring,
        };

    private static async Task AddAsync(DeployerHost host, int number, string state)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
        var id = Guid.NewGuid();
        store.Rollouts.Add(
            new RolloutState
            {
                CorrelationId = id,
                ReleaseId = id,
                CurrentState = state,
                Application = DeployerHost.App,
                Number = number,
                Package = new PackageReference
                {
                    Name = DeployerHost.App,
                    Version = $"1.{number}",
                    Architecture = "all",
                    Sha256 = new string('0', 64),
                    Size = 1,
                },
                Plan = RolloutPlan.Resolve(DeployerHost.App, new DeploymentPlan(), new DeployerOptions()),
            }
        );
        store.Hosts.Add(
            new RolloutHost
            {
                RolloutId = id,
                Host = "web-1",
                Channel = Channel.Production,
                Step = "wave-1",
                State = StageState.Skipped,
            }
        );
        await store.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private static Task<int> ForgetAsync(DeployerHost host) =>
        host.Services.GetRequiredService<Forgetting>().ForgetAsync(TestContext.Current.CancellationToken);

    private static async Task<IReadOnlyList<long>> NumbersAsync(DeployerHost host)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
        var hosts = await store.Hosts.Select(row => row.RolloutId).Distinct().ToListAsync();
        var rollouts = await store.Rollouts.OrderBy(rollout => rollout.Number).ToListAsync();
        hosts.ShouldBe(rollouts.Select(rollout => rollout.CorrelationId), ignoreOrder: true);
        return [.. rollouts.Select(rollout => rollout.Number)];
    }

    private static async Task<int> HostsAsync(DeployerHost host, Guid rollout)
    {
        await using var scope = host.Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .Hosts.CountAsync(row => row.RolloutId == rollout);
    }
}
