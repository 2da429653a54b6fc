using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Ingress.Tests.Webhooks;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>Webhooks that nobody should send: each is answered with cause and remedy, none becomes a release, and a good one
/// still works.</summary>
public sealed class BadWebhookTests(BadWebhookTests.Fixture fixture) : IClassFixture<BadWebhookTests.Fixture>
{
    private const int TwentyFiveMegabytes = 25 * 1024 * 1024;

    private CanaryServer Server => fixture.Server;

    [Fact]
    public async Task Wrong_missing_and_truncated_signatures_are_refused()
    {
        var body = Good();
        var right = CanaryServer.Sign(body);
        foreach (
            var signature in (string[])
                [
                    "",
                    "sha256=",
                    "sha256",
                    "nonsense",
                    right[..^1],
                    right[.."sha256=".Length],
                    right["sha256=".Length..],
                    right + "0",
                    "sha1=" + right["sha256=".Length..],
                    "sha256=" + new string('0', 64),
                    CanaryServer.Sign([.. body, (byte)' ']),
                ]
        )
        {
            // An empty header is the same as none; the fixture sends none.
            using var answer = await Server.DeliverAsync(body, signature);
            await answer.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "signature-invalid", "X-Hub-Signature-256");
        }

        await NothingBecameAReleaseAsync();
    }

    [Fact]
    public async Task Body_over_25_MB_is_refused()
    {
        using var answer = await Server.DeliverAsync(new byte[TwentyFiveMegabytes + 1]);

        await answer.ShouldBeProblemAsync(HttpStatusCode.RequestEntityTooLarge, "payload-too-large", "26214400");
        await NothingBecameAReleaseAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"ref\": 5}")]
    [InlineData("{\"ref\": \"\\ud800\"}")]
    [InlineData("{\"repository\": []}")]
    public async Task Malformed_JSON_is_refused(string body)
    {
        using var answer = await Server.DeliverAsync(Encoding.UTF8.GetBytes(body));

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "payload-malformed", "push");
        await NothingBecameAReleaseAsync();
    }

    [Fact]
    public async Task Unknown_repository_is_refused_with_what_to_configure()
    {
        var body = Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(Good()).Replace("\"acme/shop\"", "\"stranger/shop\"", StringComparison.Ordinal)
        );

        using var answer = await Server.DeliverAsync(body);

        await answer.ShouldBeProblemAsync(
            HttpStatusCode.UnprocessableEntity,
            "repository-unknown",
            "ingress.repositories",
            "stranger/shop"
        );
        await NothingBecameAReleaseAsync();
    }

    [Fact]
    public async Task Unknown_and_missing_events_lead_to_nothing()
    {
        using var unknown = await Server.DeliverAsync(Good(), @event: "deployment_review");
        using var missing = await Server.DeliverAsync(Good(), @event: "");

        unknown.StatusCode.ShouldBe(HttpStatusCode.OK);
        var answer = JsonNode.Parse(await unknown.Content.ReadAsStringAsync())!;
        ((string?)answer["status"]).ShouldBe("ignored");
        ((string?)answer["code"]).ShouldBe("event-unknown");
        ((string?)answer["reason"]).ShouldNotBeNull().ShouldContain("deployment_review");
        await missing.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "event-missing", "X-GitHub-Event");
        await NothingBecameAReleaseAsync();
    }

    [Fact]
    public async Task Whatever_stands_in_a_field_does_no_harm()
    {
        await using var server = await CanaryServer.StartAsync(
            "ingress.repositories.1.name=Codertocat/*",
            $"ingress.repositories.1.clone-url={fixture.Shop.Path}"
        );
        var ours = JsonSerializer.SerializeToNode(PushPayload.Of(fixture.Shop, fixture.Commit, "shop", null))!;
        var theirs = (await OctokitExamples.OfAsync("push")).First(push =>
            (string)push["ref"]! == "refs/heads/master" && push["commits"]!.AsArray().Count > 0
        );
        var hostile = Hostile(server.Marker);
        var payloads = Spoiled(ours, hostile, [true, false])
            .Concat(Spoiled(theirs, [.. hostile.Where((_, i) => i % 4 == 0)], [true]));
        var answers = 0;

        await Parallel.ForEachAsync(
            payloads,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (payload, _) =>
            {
                using var answer = await server.DeliverAsync(Encoding.UTF8.GetBytes(payload));
                var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                ((int)answer.StatusCode).ShouldBeOneOf([200, 202, 400, 422], $"{payload}\n{text}");
                if (!answer.IsSuccessStatusCode)
                {
                    var problem = JsonNode.Parse(text)!;
                    ((string?)problem["title"]).ShouldNotBeNullOrWhiteSpace();
                    ((string?)problem["detail"]).ShouldNotBeNullOrWhiteSpace();
                    ((string?)problem["remedy"]).ShouldNotBeNullOrWhiteSpace();
                    ((string)problem["detail"]!).Length.ShouldBeLessThan(1000);
                }

                Interlocked.Increment(ref answers);
            }
        );

        answers.ShouldBeGreaterThan(1000);
        // A branch that the repository does not have may come: such a release waits, and says so.
        await Eventually.TrueAsync(async () =>
            (await server.ReleasesAsync()).All(release =>
                ReleaseStates.IsFinal(release.State)
                || release is { State: ReleaseStates.Admitting, WaitingFor: not null }
            )
        );
        using var store = await Apps.ShopAsync();
        var good = await store.CommitAsync("good");
        await server.PushAsync(store, good, "store");
        await server.ReleaseInAsync(good, ReleaseStates.Completed);
        server.Outside().ShouldBeEmpty();
        await server.ShouldHaveLeftNothingAsync();
    }

    private byte[] Good() =>
        JsonSerializer.SerializeToUtf8Bytes(PushPayload.Of(fixture.Shop, fixture.Commit, "shop", null));

    private async Task NothingBecameAReleaseAsync()
    {
        (await Server.ReleasesAsync()).ShouldBeEmpty();
        await Server.ShouldHaveLeftNothingAsync();
    }

    /// <summary>Texts of which each would leave a mark if anything interpreted it.</summary>
    private static string[] Hostile(string marker) =>
        [
            $"$(touch {marker})",
            $"$(touch${{IFS}}{marker})",
            $"`touch {marker}`",
            $"; touch {marker} #",
            $"| touch {marker}",
            $"&& touch {marker} &&",
            $"'; touch {marker}; '",
            $"\"; touch {marker}; \"",
            $"\ntouch {marker}\n",
            $"--upload-pack=touch {marker}",
            $"-oProxyCommand=touch {marker}",
            $"ext::sh -c touch% {marker}",
            $"file://{marker}",
            $"{marker}",
            $"/../../../../../../../..{marker}",
            "../../../../../../owned",
            "line\nbreak\r\u001b[2J\u2028",
            "nul\0byte",
            "%00%2e%2e%2f%0a",
            "'; DROP TABLE Releases; --",
            new string('a', 100_000),
            "",
        ];

    /// <summary>Each text in each string of a payload: in the place of what was there, or behind it.</summary>
    private static IEnumerable<string> Spoiled(JsonNode push, string[] texts, bool[] whole) =>
        from path in Strings(push, [])
        from text in texts
        from isWhole in whole
        select Spoil(push, path, old => isWhole ? text : old + text);

    private static string Spoil(JsonNode push, object[] path, Func<string, string> change)
    {
        var copy = push.DeepClone();
        var holder = path[..^1].Aggregate(copy, At);
        var value = JsonValue.Create(change((string)At(holder, path[^1])!));
        if (path[^1] is int index)
        {
            holder[index] = value;
        }
        else
        {
            holder[(string)path[^1]] = value;
        }

        return copy.ToJsonString();

        static JsonNode At(JsonNode node, object step) => step is int i ? node[i]! : node[(string)step]!;
    }

    private static IEnumerable<object[]> Strings(JsonNode? node, object[] path) =>
        node switch
        {
            JsonObject all => all.SelectMany(it => Strings(it.Value, [.. path, it.Key])),
            JsonArray all => all.SelectMany((it, i) => Strings(it, [.. path, i])),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => [path],
            _ => [],
        };

    public sealed class Fixture : IAsyncLifetime
    {
        internal CanaryServer Server { get; private set; } = null!;

        internal GitRepository Shop { get; private set; } = null!;

        internal string Commit { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Shop = await Apps.ShopAsync();
            Commit = await Shop.CommitAsync("one");
            Server = await CanaryServer.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (Server is { } started)
            {
                await started.DisposeAsync();
            }

            Shop.Dispose();
        }
    }
}
