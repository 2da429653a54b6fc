using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Tests.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Notifications;

/// <summary>Words for tests of channels.</summary>
internal static class Told
{
    public static readonly Failure Broken = new()
    {
        Code = "script-failed",
        Message = "script/cibuild ended with 1.",
        Remedy = "Mend it & push again.",
    };

    /// <summary>Settings of a channel, and pauses that suit tests.</summary>
    public static string[] Channel(int index, params (string Key, string Value)[] settings) =>
        [
            "--ingress:notifications:retryafter=00:00:00.100",
            "--ingress:notifications:retryatmost=00:00:00.200",
            .. settings.Select(it => $"--ingress:notifications:channels:{index}:{it.Key}={it.Value}"),
        ];

    public static string[] SlackChannel(TempDirectory secrets, Uri address, string path = "/services/T0/B0/x") =>
        Channel(
            0,
            ("name", "ops"),
            ("kind", "slack"),
            ("urlfile", secrets.WriteFile("slack-url", new Uri(address, path) + "\n"))
        );

    public static PushReceived Push(string application = "shop", string? title = "Sell hats") =>
        Snapshots.Push(Guid.NewGuid(), application) with
        {
            Title = title,
        };

    /// <summary>Lets a release be as the coordinator says, and waits until ingress knows.</summary>
    public static async Task ReleaseIsAsync(
        this IngressHost host,
        PushReceived push,
        int revision,
        string state,
        Failure? failure = null
    )
    {
        await host.PublishAsync(Snapshots.Release(push, revision, state, failure));
        await host.ShowsAsync(push, state);
    }

    /// <summary>The same for its rollout.</summary>
    public static async Task RolloutIsAsync(
        this IngressHost host,
        PushReceived push,
        int revision,
        string state,
        Failure? failure = null
    )
    {
        await host.PublishAsync(
            ProjectionTests.Rollout(push, revision, state) with
            {
                WaitingFor = state == RolloutStates.AwaitingPromotion ? "a person" : null,
                Failure = failure,
            }
        );
        await host.ShowsAsync(push, state);
    }

    public static async Task<JsonElement> ChannelAsync(this IngressHost host, string name = "ops") =>
        (await host.Operator.GetFromJsonAsync<JsonElement>("/api/notifications"))
            .GetProperty("channels")
            .EnumerateArray()
            .Single(it => it.Text("name") == name);

    /// <summary>Waits until nothing waits for a channel.</summary>
    public static Task ToldAllAsync(this IngressHost host, string name = "ops") =>
        Eventually.TrueAsync(async () => (await host.ChannelAsync(name)).GetProperty("waiting").GetInt32() == 0);

    /// <summary>Waits until the last delivery of a channel has not failed: that is recorded after it.</summary>
    public static Task IsWellAsync(this IngressHost host, string name = "ops") =>
        Eventually.TrueAsync(async () =>
            (await host.ChannelAsync(name)).GetProperty("error").ValueKind == JsonValueKind.Null
        );

    private static Task ShowsAsync(this IngressHost host, PushReceived push, string phase) =>
        Eventually.TrueAsync(
            async () =>
            {
                using var answer = await host.Operator.GetAsync($"/api/releases/{push.ReleaseId}");
                return answer.IsSuccessStatusCode
                    && (await answer.ShouldBeAsync(System.Net.HttpStatusCode.OK)).Text("phase") == phase;
            },
            what: $"the release is {phase}"
        );
}
