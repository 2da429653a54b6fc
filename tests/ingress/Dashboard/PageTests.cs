using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Tests.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Dashboard;

/// <summary>What the page says and offers, from what the API answers.</summary>
public sealed class PageTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    /// <summary>Who looks at the page, as the API says; <c>null</c>: a stranger.</summary>
    private JsonElement? _session;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_host_that_drifts_says_what_it_should_run()
    {
        await _host.PublishAsync(
            new FleetObserved
            {
                Revision = 1,
                ObservedAt = Snapshots.Noon,
                Hosts =
                [
                    new FleetHost
                    {
                        Name = "web-1",
                        Address = "192.0.2.1",
                        Channel = Channel.Production,
                        Role = "app",
                        Applications = ["*"],
                        Transport = "ssh",
                    },
                ],
            }
        );
        await _host.PublishAsync(
            new HostsObserved
            {
                Application = "shop",
                Revision = 1,
                Number = 1,
                Hosts =
                [
                    new ObservedHost
                    {
                        Name = "web-1",
                        Wanted = "2.0",
                        Running = "1.0",
                        LastContactAt = Snapshots.Noon,
                        DriftsSince = Snapshots.Noon,
                    },
                ],
            }
        );
        await _host.PublishAsync(
            new HostsObserved
            {
                Application = "blog",
                Revision = 1,
                Number = 1,
                Hosts =
                [
                    new ObservedHost
                    {
                        Name = "web-1",
                        Wanted = "1.0",
                        Failure = new Failure
                        {
                            Code = "agent-unreadable",
                            Message = "It stammers.",
                            Remedy = "Listen.",
                        },
                    },
                ],
            }
        );
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync("/api/hosts"))[0].GetProperty("failure").Text("code").ShouldBe("agent-unreadable")
        );
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync("/api/hosts"))[0].GetProperty("drifts").GetArrayLength().ShouldBe(1)
        );

        var page = await ReadAsync("#/", "/api/releases", "/api/applications", "/api/hosts", "/api/status");

        page.ShouldContain("web-1");
        page.ShouldContain("shop 1.0");
        page.ShouldContain("should run shop 2.0");
        page.ShouldContain("does not say what it has (agent-unreadable)");
    }

    [Theory]
    [InlineData(RolloutStates.DeployingWave, "Pause,Roll back")]
    [InlineData(RolloutStates.Soaking, "Promote,Pause,Roll back")]
    [InlineData(RolloutStates.Paused, "Resume,Roll back")]
    [InlineData(RolloutStates.RollingBack, "")]
    public async Task A_release_offers_what_can_be_decided_now(string state, string buttons)
    {
        var page = await ReadReleaseAsync(state);

        page.TakeWhile(line => line != "Stages")
            .Where(line => line.StartsWith('['))
            .ShouldBe(buttons.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(button => $"[{button}]"));
    }

    [Theory]
    [InlineData(RolloutStates.Paused, "Retry web-1,Skip web-1,Skip web-2")]
    [InlineData(RolloutStates.Soaking, "")]
    public async Task Single_hosts_are_retried_and_skipped_while_that_means_something(string state, string buttons)
    {
        var page = await ReadReleaseAsync(state);

        page.Where(line => line.StartsWith("[Retry") || line.StartsWith("[Skip"))
            .ShouldBe(buttons.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(button => $"[{button}]"));
    }

    [Fact]
    public async Task What_a_person_should_know_of_a_release_stands_on_its_page()
    {
        var page = await ReadReleaseAsync(RolloutStates.DeployingCanary);

        page.ShouldContain("Warning: No way back for web-1.");
    }

    [Fact]
    public async Task Whoever_may_only_look_is_offered_nothing_else()
    {
        _session = await SessionAsync(_host.Reader);

        var page = await ReadReleaseAsync(RolloutStates.Paused);

        page.ShouldContain("[Log of web-1]");
        page.Where(line => line.StartsWith('[')).ShouldAllBe(line => line.StartsWith("[Log of") || line == "[Build]");
    }

    [Fact]
    public async Task A_server_that_needs_a_token_says_so_and_asks_for_nothing_that_it_would_refuse()
    {
        await using var closed = await IngressHost.StartAsync("--ingress:anonymousread=false");
        _session = await SessionAsync(closed.Anonymous);

        var page = await ReadAsync("#/");

        page.ShouldBe(["This server shows its releases to those with a token. Sign in", "GET /api/session"]);
    }

    [Fact]
    public async Task What_was_only_built_is_not_told_as_if_it_ran_somewhere()
    {
        var push = Snapshots.Push(Guid.NewGuid()) with { Deploys = false };
        await _host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.Completed) with { Number = 1 });
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("state").ShouldBe("Completed")
        );

        var page = await ReadAsync($"#/releases/{push.ReleaseId}", $"/api/releases/{push.ReleaseId}");

        page.ShouldContain("✓Built only");
        page.ShouldNotContain("✓Completed");
    }

    [Fact]
    public async Task A_host_whose_turn_never_came_was_not_reached()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(Snapshots.Release(push, 5, ReleaseStates.RolledBack) with { Number = 1 });
        await _host.PublishAsync(
            ProjectionTests.Rollout(push, 4, RolloutStates.RolledBack) with
            {
                Hosts =
                [
                    HostOf("web-1", StageState.Pending),
                    HostOf("canary-1", StageState.Succeeded) with
                    {
                        Step = "rollback",
                    },
                ],
            }
        );
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).GetProperty("hosts").GetArrayLength().ShouldBe(2)
        );

        var page = await ReadAsync($"#/releases/{push.ReleaseId}", $"/api/releases/{push.ReleaseId}");

        page.ShouldContain("not reached");
        page.ShouldNotContain("pending");
    }

    private async Task<IReadOnlyList<string>> ReadReleaseAsync(string state)
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.RollingOut) with { Number = 1 });
        await _host.PublishAsync(
            ProjectionTests.Rollout(push, 3, state) with
            {
                Warnings = ["No way back for web-1."],
                Hosts =
                [
                    HostOf("canary-1", StageState.Succeeded),
                    HostOf("web-1", StageState.Failed),
                    HostOf("web-2", StageState.Pending),
                ],
            }
        );
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("phase").ShouldBe(state)
        );
        return await ReadAsync($"#/releases/{push.ReleaseId}", $"/api/releases/{push.ReleaseId}");
    }

    private static Task<JsonElement> SessionAsync(HttpClient who) => who.GetFromJsonAsync<JsonElement>("/api/session");

    private static HostSnapshot HostOf(string name, StageState state) =>
        new()
        {
            Name = name,
            Channel = Channel.Production,
            Step = "wave-1",
            State = state,
        };

    /// <summary>Runs the page's own script on what the API answers.</summary>
    private async Task<IReadOnlyList<string>> ReadAsync(string hash, params string[] paths)
    {
        await InstalledPackages.RequireAsync("nodejs");
        var answers = new Dictionary<string, JsonElement>
        {
            ["/api/session"] = _session ?? await SessionAsync(_host.Anonymous),
        };
        foreach (var path in paths)
        {
            answers[path] = await _host.GetAsync(path);
        }

        var result = await ProcessRunner.RunAsync(
            "node",
            [
                SourceTree.PathOf("tests", "ingress", "Dashboard", "page.js"),
                SourceTree.PathOf("services", "ingress", "Dashboard", "files", "dashboard.js"),
            ],
            input: JsonSerializer.Serialize(new { hash, answers })
        );
        return result.EnsureSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
