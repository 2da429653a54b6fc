using System.Collections.Concurrent;
using Canary.Contracts.Deploying;
using Canary.Deployer.Advertising;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Deployer.Tests.Advertising;

public sealed class VersionSharingTests
{
    private const string Production = "shop::version";
    private const string Canary = "shop::canary_version";

    [Fact]
    public async Task The_keys_follow_a_rollout_to_the_canaries_to_production_and_back()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await StartAsync(consul);
        await host.EndAsync(await host.RollOutAsync("1.0"));
        await HasAsync(consul, "1.0", "1.0");

        var second = await host.RollOutAsync("2.0", PromotionPolicy.Manual, number: 1);
        await host.InStateAsync(second, RolloutStates.AwaitingPromotion);
        await HasAsync(consul, canary: "2.0", production: "1.0");

        host.Publisher.Silence.Add("advertise production 2.0 100");
        await host.PromoteAsync(second);
        await HasAsync(consul, "2.0", "2.0");

        await host.RollBackAsync(second);
        (await host.EndAsync(second)).State.ShouldBe(RolloutStates.RolledBack);
        await HasAsync(consul, "1.0", "1.0");
    }

    [Fact]
    public async Task The_first_version_leaves_no_key_when_it_is_taken_back()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await StartAsync(consul);
        var id = await host.RollOutAsync("1.0", PromotionPolicy.Manual);
        await HasAsync(consul, canary: "1.0", production: null);

        await host.RollBackAsync(id);

        await HasAsync(consul, null, null);
    }

    [Fact]
    public async Task A_version_that_the_repository_refuses_is_not_told()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.PutKeyAsync(Canary, "by hand");
        await using var host = await StartAsync(consul);
        host.Publisher.Refusals.Add("advertise canary 1.0");

        (await host.EndAsync(await host.RollOutAsync("1.0"))).State.ShouldBe(RolloutStates.Failed);
        host.Publisher.Refusals.Clear();
        await KeepsAsync(host, "another", async () => (await consul.GetKeyAsync(Canary)).ShouldBe("by hand"));
    }

    [Fact]
    public async Task An_outage_and_a_restart_delay_it_and_lose_nothing()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await StartAsync(consul);
        await host.EndAsync(await host.RollOutAsync("1.0"));
        await HasAsync(consul, "1.0", "1.0");
        await consul.KillAsync();

        var end = await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        end.State.ShouldBe(RolloutStates.Completed, "A rollout does not wait for the keys.");
        await host.RestartAsync();
        await consul.StartAgainAsync();

        await HasAsync(consul, "2.0", "2.0");
    }

    [Fact]
    public async Task Whoever_writes_in_between_neither_wins_nor_is_overwritten_unseen()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await StartAsync(consul);
        await host.EndAsync(await host.RollOutAsync("1.0"));
        await HasAsync(consul, "1.0", "1.0");
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        var failures = new ConcurrentQueue<Exception>();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 40),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, cancellation) =>
            {
                if (i % 5 == 0)
                {
                    await consul.PutKeyAsync(Canary, $"stray-{i}");
                    return;
                }

                await using var scope = host.Services.CreateAsyncScope();
                try
                {
                    await scope
                        .ServiceProvider.GetRequiredService<VersionKeys>()
                        .BringUpToDateAsync(DeployerHost.App, cancellation);
                }
                catch (Exception exception)
                {
                    failures.Enqueue(exception);
                }
            }
        );
        host.Services.GetRequiredService<VersionSharing>().Remind(DeployerHost.App);

        failures.ShouldBeEmpty();
        await HasAsync(consul, "2.0", "2.0");
    }

    [Fact]
    public async Task Keys_can_be_called_otherwise_and_be_left_alone()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using (
            var host = await StartAsync(
                consul,
                ("consul:versionkey", "versions/${application}/live"),
                ("applications:0:name", "shop"),
                ("applications:0:consul:canaryversionkey", "versions/first")
            )
        )
        {
            await host.EndAsync(await host.RollOutAsync("1.0"));
            await Eventually.TrueAsync(async () => await consul.GetKeyAsync("versions/shop/live") == "1.0");
            (await consul.GetKeyAsync("versions/first")).ShouldBe("1.0");
        }

        await using var silent = await StartAsync(consul, ("consul:advertiseversions", "false"));
        await silent.EndAsync(await silent.RollOutAsync("2.0"));
        silent.Services.GetService<VersionSharing>().ShouldBeNull();
        await HasAsync(consul, null, null);
    }

    private static Task<DeployerHost> StartAsync(ConsulServer consul, params (string, string)[] settings) =>
        DeployerHost.StartWithConsulAsync(consul.Address, settings: [("inventory:kind", "file"), .. settings]);

    private static Task HasAsync(ConsulServer consul, string? canary, string? production) =>
        Eventually.PassesAsync(async () =>
        {
            (await consul.GetKeyAsync(Canary)).ShouldBe(canary);
            (await consul.GetKeyAsync(Production)).ShouldBe(production);
        });

    /// <summary>Asserts after everything that was to be written has been: what is told later comes later.</summary>
    private static async Task KeepsAsync(DeployerHost host, string application, Func<Task> assert)
    {
        await using var scope = host.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<VersionKeys>().BringUpToDateAsync(application, default);
        await scope.ServiceProvider.GetRequiredService<VersionKeys>().BringUpToDateAsync(DeployerHost.App, default);
        await assert();
    }
}
