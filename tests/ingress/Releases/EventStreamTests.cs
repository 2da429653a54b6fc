using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Releases;

public class EventStreamTests(EventStreamTests.Fixture fixture) : IClassFixture<EventStreamTests.Fixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private IngressHost Host => fixture.Host;

    [Fact]
    public async Task A_release_is_streamed_until_it_has_ended()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Building));
        await KnownAsync(push);
        using var client = await OpenAsync($"/api/releases/{push.ReleaseId}/events");
        var states = new List<string>();

        await foreach (var item in client.Events)
        {
            item.EventType.ShouldBe("release");
            var release = JsonSerializer.Deserialize<JsonElement>(item.Data);
            release.GetProperty("id").GetGuid().ShouldBe(push.ReleaseId);
            states.Add(release.Text("state"));
            if (states.Count == 1)
            {
                await Host.PublishAsync(Snapshots.Release(push, 2, ReleaseStates.Packaging));
            }
            else if (states.Count == 2)
            {
                await Host.PublishAsync(Snapshots.Release(push, 3, ReleaseStates.Completed));
            }
        }

        states.ShouldBe([ReleaseStates.Building, ReleaseStates.Packaging, ReleaseStates.Completed]);
    }

    [Fact]
    public async Task The_stream_waits_for_the_rollouts_last_report()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(ProjectionTests.Rollout(push, 1, RolloutStates.DeployingWave));
        await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Completed));
        // The two messages overtake each other; a release without a rollout would end the stream at once.
        await Eventually.PassesAsync(async () =>
            (await Host.GetAsync($"/api/releases/{push.ReleaseId}"))
                .GetProperty("stages")
                .GetArrayLength()
                .ShouldBeGreaterThan(1)
        );
        using var client = await OpenAsync($"/api/releases/{push.ReleaseId}/events");
        var attempts = new List<int>();

        await foreach (var item in client.Events)
        {
            var stages = JsonSerializer.Deserialize<JsonElement>(item.Data).GetProperty("stages");
            attempts.Add(stages.GetArrayLength() > 1 ? stages[1].GetProperty("attempts").GetInt32() : 0);
            if (attempts.Count == 1)
            {
                await Host.PublishAsync(ProjectionTests.Rollout(push, 2, RolloutStates.Completed));
            }
        }

        attempts[^1].ShouldBe(2);
    }

    [Fact]
    public async Task A_release_that_has_ended_is_streamed_once()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Failed));
        await KnownAsync(push);
        using var client = await OpenAsync($"/api/releases/{push.ReleaseId}/events");

        (await client.Events.ToListAsync(TestContext.Current.CancellationToken)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_comes_back_gets_only_what_is_new()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Failed));
        await KnownAsync(push);
        string? last;
        using (var client = await OpenAsync($"/api/releases/{push.ReleaseId}/events"))
        {
            last = (await client.Events.FirstAsync(TestContext.Current.CancellationToken)).EventId;
        }

        using var again = await OpenAsync($"/api/releases/{push.ReleaseId}/events", last);

        (await again.Events.ToListAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task All_releases_are_streamed_and_missed_ones_are_made_up_for()
    {
        string? last;
        var seen = Snapshots.Push(Guid.NewGuid());
        using (var client = await OpenAsync("/api/events"))
        {
            await Host.PublishAsync(Snapshots.Release(seen, 1, ReleaseStates.Building));
            last = (await client.Events.FirstAsync(Of(seen), TestContext.Current.CancellationToken)).EventId;
        }

        var missed = Snapshots.Push(Guid.NewGuid());
        await Host.PublishAsync(Snapshots.Release(missed, 1, ReleaseStates.Building));
        await KnownAsync(missed);

        using var again = await OpenAsync("/api/events", last);

        await again.Events.FirstAsync(Of(missed), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_silent_stream_shows_that_it_is_alive()
    {
        await using var host = await IngressHost.StartAsync("--ingress:heartbeat=00:00:01");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        using var answer = await host.Anonymous.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        (await reader.ReadLineAsync()).ShouldBe(": connected");
        await reader.ReadLineAsync();
        (await reader.ReadLineAsync()).ShouldBe(": alive");
    }

    [Fact]
    public async Task The_stream_of_an_unknown_release_is_a_problem()
    {
        using var answer = await Host.Anonymous.GetAsync($"/api/releases/{Guid.NewGuid()}/events");

        await answer.ShouldBeProblemAsync(HttpStatusCode.NotFound, "release-unknown");
    }

    [Fact]
    public async Task A_host_that_stops_ends_its_streams()
    {
        var host = await IngressHost.StartAsync();
        using var answer = await host.Anonymous.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
        var reading = answer.Content.ReadAsByteArrayAsync();

        await host.DisposeAsync().AsTask().WaitAsync(Patience);

        await Task.WhenAny(reading).WaitAsync(Patience);
    }

    [Theory]
    [InlineData("638000000000000000-3-4", true)]
    [InlineData("0-0-0", true)]
    [InlineData("", false)]
    [InlineData("x-1-1", false)]
    [InlineData("1-1", false)]
    [InlineData("-1-1-1", false)]
    [InlineData("9223372036854775807-1-1", false)]
    [InlineData("1-1-99999999999", false)]
    public void An_event_id_is_what_we_wrote(string text, bool valid)
    {
        var id = EventId.Parse(text);
        (id is not null).ShouldBe(valid);
        id?.ToString().ShouldBe(text);
    }

    private static Func<SseItem<string>, bool> Of(PushReceived push) =>
        item => item.Data.Contains(push.ReleaseId.ToString(), StringComparison.Ordinal);

    private Task KnownAsync(PushReceived push) =>
        Eventually.PassesAsync(async () => await Host.GetAsync($"/api/releases/{push.ReleaseId}"));

    private async Task<Client> OpenAsync(string path, string? last = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }

        var answer = await Host.Anonymous.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return new Client(answer, await answer.Content.ReadAsStreamAsync());
    }

    private sealed class Client(HttpResponseMessage answer, Stream body) : IDisposable
    {
        public IAsyncEnumerable<SseItem<string>> Events { get; } =
            SseParser.Create(body).EnumerateAsync(new CancellationTokenSource(Patience).Token);

        public void Dispose() => answer.Dispose();
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public IngressHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await IngressHost.StartAsync();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
