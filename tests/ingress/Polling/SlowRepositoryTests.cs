using System.Net;
using Canary.Contracts.Releases;
using Canary.Ingress.Polling;
using Canary.Ingress.Repositories;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Canary.Ingress.Tests.Polling;

/// <summary>A repository that takes its time, or has more than there is time for.</summary>
public sealed class SlowRepositoryTests
{
    private readonly ScriptedBranches _branches = new();

    [Fact]
    public async Task One_deadline_holds_for_all_that_a_look_asks_and_what_was_taken_before_it_is_not_asked_again()
    {
        await using var host = await WatchAsync();
        var (main, second) = (Push.NewCommit(), Push.NewCommit());
        _branches.Hanging["b"] = true;
        _branches.Heads["b"] = second;
        _branches.Heads["main"] = main;

        await host.ReleasedAsync(main);
        await Eventually.TrueAsync(async () => (await LookedAtAsync(host)).Problem is not null);
        (await LookedAtAsync(host)).Problem.ShouldBe("'acme/slow' did not answer in time: one look may take 00:00:02.");
        host.Sent.Of<PushReceived>().ShouldAllBe(push => push.Source.Commit == main);

        _branches.Hanging.Clear();
        (await host.ReleasedAsync(second)).Title.ShouldBe("Sell hats");
        _branches.Described.Count(commit => commit == main).ShouldBe(1);
        await Eventually.TrueAsync(async () => (await LookedAtAsync(host)).Heads!.GetValueOrDefault("b") == second);
    }

    [Fact]
    public async Task A_repository_that_never_lists_its_branches_is_told_of_and_looked_at_when_it_does()
    {
        await using var host = await WatchAsync();
        _branches.Hangs = true;
        await Eventually.TrueAsync(async () => (await LookedAtAsync(host)).Problem is not null);

        _branches.Hangs = false;
        var commit = Push.NewCommit();
        _branches.Heads["main"] = commit;

        await host.ReleasedAsync(commit);
    }

    [Fact]
    public async Task What_a_webhook_has_announced_is_not_asked_about()
    {
        await using var host = await WatchAsync();
        var push = new Push { Repository = "acme/slow" };
        await host.AcceptAsync(push);

        _branches.Heads["main"] = push.After;
        await Eventually.TrueAsync(async () => (await LookedAtAsync(host)).Heads!["main"] == push.After);

        _branches.Described.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_many_branches_some_are_taken_in_each_look()
    {
        await using var host = await WatchAsync("--ingress:polling:timeout=00:05:00");
        var commits = Enumerable.Range(0, 120).ToDictionary(branch => $"b{branch}", _ => Push.NewCommit());
        foreach (var (branch, commit) in commits)
        {
            _branches.Heads[branch] = commit;
        }

        await Eventually.TrueAsync(async () => (await LookedAtAsync(host)).Heads!.Count == commits.Count + 1);

        _branches.Described.Order().ShouldBe(commits.Values.Order());
    }

    private static async Task<LookedAtRow> LookedAtAsync(IngressHost host)
    {
        await using var scope = host.App.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        return await store.LookedAt.FindAsync("github:acme/slow") ?? new LookedAtRow { Id = "none" };
    }

    private async Task<IngressHost> WatchAsync(params string[] settings)
    {
        var host = await IngressHost.StartAsync(
            services =>
            {
                services.RemoveAll<IBranchReader>();
                services.AddSingleton<IBranchReader>(_branches);
            },
            [
                "--ingress:repositories:2:name=acme/slow",
                "--ingress:repositories:2:poll=00:00:01",
                "--ingress:repositories:2:skipmarked=true",
                "--ingress:polling:timeout=00:00:02",
                "--ingress:polling:interval=00:00:01",
                "--ingress:polling:retryatmost=00:00:01",
                .. settings,
            ]
        );
        await Eventually.TrueAsync(async () => (await LookedAtAsync(host)).Heads is not null);
        return host;
    }
}
