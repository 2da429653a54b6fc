using System.Net;
using System.Text.Json.Nodes;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Notifications;

public sealed class WebhookTests : IAsyncLifetime
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private readonly TempDirectory _secrets = new();
    private Receiver _program = null!;

    public async ValueTask InitializeAsync() => _program = await Receiver.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _secrets.Dispose();
    }

    [Fact]
    public async Task A_program_gets_the_CloudEvents_that_RabbitMQ_brings_each_with_its_revision()
    {
        await using var host = await StartAsync();
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 4, ReleaseStates.RollingOut);
        await host.ToldAllAsync("tickets");
        await host.RolloutIsAsync(push, 2, RolloutStates.Soaking);
        await host.ToldAllAsync("tickets");
        await host.ReleaseIsAsync(push, 5, ReleaseStates.Completed);
        await host.ToldAllAsync("tickets");

        var events = _program.Taken.Select(delivery => JsonNode.Parse(delivery.Body)!).ToList();
        events
            .Select(it => ((string?)it["type"], (string?)it["source"], (string?)it["id"]))
            .ShouldBe([
                ("canary.release-changed", "/canary/ci-coordinator", $"{push.ReleaseId:N}-4"),
                ("canary.rollout-changed", "/canary/deployer", $"{push.ReleaseId:N}-2"),
                ("canary.release-changed", "/canary/ci-coordinator", $"{push.ReleaseId:N}-5"),
            ]);
        events.ShouldAllBe(it => (string?)it["specversion"] == "1.0" && (string?)it["subject"] == "shop");
        ((string?)events[2]["data"]!["state"]).ShouldBe("Completed");
        ((int?)events[2]["data"]!["revision"]).ShouldBe(5);
        ((string?)events[1]["data"]!["releaseId"]).ShouldBe(push.ReleaseId.ToString());
        _program.Taken.ShouldAllBe(delivery =>
            delivery.Headers["Content-Type"] == "application/cloudevents+json" && delivery.Path == "/canary"
        );
    }

    [Fact]
    public async Task What_is_repeated_has_the_same_id_and_the_newest_revision_comes_last()
    {
        var isWell = false;
        _program.Answers = _ => isWell ? Answer.Ok : Answer.With(HttpStatusCode.BadGateway);
        await using var host = await StartAsync();
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 1, ReleaseStates.Building);
        await Eventually.TrueAsync(() => _program.All.Count > 1);
        await host.ReleaseIsAsync(push, 2, ReleaseStates.Completed);
        await Eventually.TrueAsync(() => _program.All.Any(it => it.Body.Contains($"{push.ReleaseId:N}-2")));
        isWell = true;
        await host.ToldAllAsync("tickets");

        var ids = _program.All.Select(delivery => (string)JsonNode.Parse(delivery.Body)!["id"]!).ToList();
        ids.Distinct().ShouldBe([$"{push.ReleaseId:N}-1", $"{push.ReleaseId:N}-2"]);
        ids.ShouldBe(ids.Order(StringComparer.Ordinal));
        _program.Taken.Count.ShouldBe(1);
    }

    /// <summary>By the program in the documentation.</summary>
    [Theory]
    [InlineData("as it came", 0, "True")]
    [InlineData("another body", 0, "False")]
    [InlineData("another time", 0, "False")]
    [InlineData("another secret", 0, "False")]
    [InlineData("as it came", 3600, "False")]
    public async Task A_receiver_knows_what_is_not_from_here_or_is_sent_again_later(
        string what,
        int later,
        string known
    )
    {
        await InstalledPackages.RequireAsync("python3");
        await using var host = await StartAsync();
        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Building);
        await host.ToldAllAsync("tickets");
        var delivery = _program.Taken.ShouldHaveSingleItem();

        var stamp = delivery.Headers["X-Canary-Timestamp"];
        string[] arguments =
        [
            what == "another secret" ? Secret + "x" : Secret,
            what == "another time" ? stamp + "0" : stamp,
            delivery.Headers["X-Canary-Signature-256"],
            (long.Parse(stamp) + later).ToString(System.Globalization.CultureInfo.InvariantCulture),
        ];
        var said = await ProcessRunner.RunAsync(
            "/usr/bin/python3",
            [
                "-c",
                Documented()
                    + "\nimport sys\nsecret, stamp, signature, now = sys.argv[1:]\n"
                    + "print(is_from_canary(secret.encode(), stamp, signature, sys.stdin.buffer.read(), int(now)))",
                .. arguments,
            ],
            input: what == "another body"
                ? delivery.Body.Replace("shop", "shpo", StringComparison.Ordinal)
                : delivery.Body
        );

        said.EnsureSuccess();
        said.Output.Trim().ShouldBe(known);
    }

    [Fact]
    public async Task Its_secret_is_read_again_for_each_event()
    {
        await using var host = await StartAsync();
        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Building);
        await host.ToldAllAsync("tickets");

        File.Delete(_secrets.Combine("secret"));
        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Building);
        await Eventually.TrueAsync(async () =>
            (await host.ChannelAsync("tickets")).GetProperty("error").GetString() is { } error
            && error.Contains(_secrets.Combine("secret"), StringComparison.Ordinal)
        );
        _secrets.WriteFile("secret", "another secret of a test");
        await host.ToldAllAsync("tickets");

        _program.Taken.Count.ShouldBe(2);
    }

    private Task<IngressHost> StartAsync() =>
        IngressHost.StartAsync(
            Told.Channel(
                0,
                ("name", "tickets"),
                ("kind", "webhook"),
                ("url", new Uri(_program.Address, "canary").ToString()),
                ("secretfile", _secrets.WriteFile("secret", Secret + "\n"))
            )
        );

    private static string Documented()
    {
        var page = File.ReadAllText(SourceTree.PathOf("docs", "notifications.md"));
        var from = page.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        return page[from..page.IndexOf("```", from, StringComparison.Ordinal)];
    }
}
