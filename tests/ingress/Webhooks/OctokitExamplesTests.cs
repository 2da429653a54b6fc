using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Tests.Webhooks;

/// <summary>Real payloads, and the same with something hostile in every one of their strings.</summary>
public class OctokitExamplesTests(OctokitExamplesTests.Fixture fixture) : IClassFixture<OctokitExamplesTests.Fixture>
{
    private static readonly string[] Hostile =
    [
        "$(touch /tmp/canary-owned)",
        "`id`",
        "; rm -rf / #",
        "| cat /etc/passwd",
        "&& id",
        "../../../../etc/passwd",
        "/etc/passwd",
        "--upload-pack=touch /tmp/canary-owned",
        "ext::sh -c id",
        "'; DROP TABLE Releases; --",
        "<script>alert(1)</script>",
        "javascript:alert(1)",
        "line\nbreak\r\u001b[2J\u0000",
        "%2e%2e%2f%00",
        "\u202Egnp.exe",
        "",
    ];

    private IngressHost Host => fixture.Host;

    [Fact]
    public async Task Every_ping_is_answered()
    {
        var pings = await OctokitExamples.OfAsync("ping");
        pings.Count.ShouldBeGreaterThanOrEqualTo(4);
        foreach (var ping in pings)
        {
            using var answer = await Host.DeliverAsync(ping.ToJsonString(), "ping");
            (await answer.ShouldBeAsync(HttpStatusCode.OK)).Text("status").ShouldBe("pong");
        }
    }

    [Fact]
    public async Task Every_push_is_answered_for_what_it_is()
    {
        var pushes = await OctokitExamples.OfAsync("push");
        pushes.Count.ShouldBeGreaterThanOrEqualTo(7);
        foreach (var push in pushes)
        {
            using var answer = await Host.DeliverAsync(push.ToJsonString());
            var body = await answer.Content.ReadAsStringAsync();
            var isTag = ((string)push["ref"]!).StartsWith("refs/tags/", StringComparison.Ordinal);
            if (isTag || (bool)push["deleted"]! || push["commits"]!.AsArray().Count == 0)
            {
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, body);
                body.ShouldContain("\"ignored\"");
            }
            else
            {
                answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Accepted, HttpStatusCode.OK);
                body.ShouldContain("releaseId");
                var release = await Host.GetAsync($"/api/releases/hello-world@{push["after"]}");
                release.Text("commit").ShouldBe((string)push["after"]!);
                release.Text("branch").ShouldBe("master");
                release.GetProperty("deploys").GetBoolean().ShouldBeTrue();
            }
        }
    }

    [Fact]
    public async Task Every_other_event_is_ignored()
    {
        foreach (var name in new[] { "issues", "installation", "check_run" })
        {
            foreach (var payload in await OctokitExamples.OfAsync(name))
            {
                using var answer = await Host.DeliverAsync(payload.ToJsonString(), name);
                (await answer.ShouldBeAsync(HttpStatusCode.OK)).Text("code").ShouldBe("event-unknown");
            }
        }
    }

    [Fact]
    public async Task Whatever_stands_in_any_field_is_answered_clearly_or_carried_as_data()
    {
        var push = (await OctokitExamples.OfAsync("push")).First(x =>
            (string)x["ref"]! == "refs/heads/master" && x["commits"]!.AsArray().Count > 0
        );
        var paths = StringsOf(push, []).ToList();
        paths.Count.ShouldBeGreaterThan(100);
        var mutations = paths.SelectMany(path => Hostile.Select(text => Mutate(push, path, text)));

        await Parallel.ForEachAsync(
            mutations,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (payload, cancellationToken) =>
            {
                using var answer = await Host.DeliverAsync(payload);
                var status = (int)answer.StatusCode;
                var body = await answer.Content.ReadAsStringAsync(cancellationToken);
                status.ShouldBeOneOf(200, 202, 422);
                if (status == 422)
                {
                    var problem = JsonSerializer.Deserialize<JsonElement>(body);
                    problem.Text("code").ShouldNotBeNullOrWhiteSpace();
                    problem.Text("remedy").ShouldNotBeNullOrWhiteSpace();
                    problem.Text("detail").Any(char.IsControl).ShouldBeFalse();
                }
            }
        );

        File.Exists("/tmp/canary-owned").ShouldBeFalse();
        foreach (var sent in Host.Sent.Of<PushReceived>())
        {
            GitNames.IsCommit(sent.Source.Commit).ShouldBeTrue();
            GitNames.IsBranch(sent.Source.Branch).ShouldBeTrue();
            GitNames.IsRepository(sent.Source.Repository).ShouldBeTrue();
            ApplicationName.IsValid(sent.Application).ShouldBeTrue();
            sent.Source.CloneUrl.ShouldBe("https://github.com/Codertocat/Hello-World.git");
            (sent.Title ?? "").Any(PlainText.IsDeceptive).ShouldBeFalse();
            sent.Pusher.Any(PlainText.IsDeceptive).ShouldBeFalse();
            (sent.CompareUrl ?? "https://").ShouldStartWith("https://");
        }
    }

    [Fact]
    public async Task Fields_of_the_wrong_type_are_answered_clearly()
    {
        var push = (await OctokitExamples.OfAsync("push")).First(x => (string)x["ref"]! == "refs/heads/master");
        foreach (var path in StringsOf(push, []))
        {
            foreach (var value in new[] { "5", "null", "[]", "{}", "true" })
            {
                using var answer = await Host.DeliverAsync(Mutate(push, path, value, raw: true));
                ((int)answer.StatusCode).ShouldBeOneOf(200, 202, 400, 422);
            }
        }
    }

    private static IEnumerable<object[]> StringsOf(JsonNode? node, object[] path) =>
        node switch
        {
            JsonObject all => all.SelectMany(x => StringsOf(x.Value, [.. path, x.Key])),
            JsonArray all => all.SelectMany((x, i) => StringsOf(x, [.. path, i])),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => [path],
            _ => [],
        };

    private static string Mutate(JsonNode push, object[] path, string text, bool raw = false)
    {
        var copy = push.DeepClone();
        var at = copy;
        foreach (var step in path[..^1])
        {
            at = step is int i ? at![i] : at![(string)step];
        }

        var value = raw ? JsonNode.Parse(text) : JsonValue.Create(text);
        if (path[^1] is int last)
        {
            at![last] = value;
        }
        else
        {
            at![(string)path[^1]] = value;
        }

        return copy.ToJsonString();
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public IngressHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await IngressHost.StartAsync();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
