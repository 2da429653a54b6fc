using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Canary.Testing;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>What docs/haproxy.md shows is what HAProxy takes, and does what it says there.</summary>
public sealed partial class ReferenceConfigurationTests : IDisposable
{
    private static readonly IReadOnlyList<string> Shown = HaProxyReference.Shown;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task HAProxy_takes_both_of_them()
    {
        await InstalledPackages.RequireAsync("haproxy");
        var beforeBackends = Shown[0][..Shown[0].IndexOf("\nbackend shop\n", StringComparison.Ordinal)];

        await IsTakenAsync(Shown[0]);
        await IsTakenAsync(beforeBackends + Shown[1]);
    }

    [Fact]
    public async Task People_who_ask_for_canaries_get_them_and_the_others_while_there_is_none()
    {
        await using var canary = new ShopServer { Answer = "canary" };
        await using var others = new ShopServer { Answer = "others" };
        var (process, client) = await StartAsync(canary, others);
        await using var _ = process;
        using var __ = client;

        (await AnswersAsync(client, isCanaryAsked: true)).ShouldBe(["canary"]);
        (await AnswersAsync(client, isCanaryAsked: false)).ShouldBe(["canary", "others"], ignoreOrder: true);

        await process.AskAsync("set server shop_canary/canary-1 state drain");
        await process.AskAsync("set server shop/canary-1 state drain");
        (await AnswersAsync(client, isCanaryAsked: true)).ShouldBe(["others"]);
    }

    [Theory]
    [InlineData("GET", 0)]
    [InlineData("POST", 1)]
    public async Task What_a_server_dies_of_is_asked_of_another_one_unless_it_may_have_done_it(
        string method,
        int failed
    )
    {
        await using var dying = new ShopServer { Gate = new TaskCompletionSource().Task };
        await using var others = new ShopServer();
        var (process, client) = await StartAsync(dying, others);
        await using var _ = process;
        using var __ = client;
        // One for each server.
        var asked = Enumerable
            .Range(0, 3)
            .Select(async _ =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Parse(method), "");
                using var answer = await client.SendAsync(request);
                return answer.StatusCode;
            })
            .ToList();
        await Eventually.TrueAsync(() => dying.Waiting == 1);

        await dying.StopAsync();

        (await Task.WhenAll(asked)).Count(status => status != HttpStatusCode.OK).ShouldBe(failed);
    }

    /// <summary>Starts what is shown, with one server as the canary and one as all others.</summary>
    private static async Task<(HaProxyProcess Process, HttpClient Client)> StartAsync(
        ShopServer canary,
        ShopServer others
    )
    {
        var (port, runtime) = (FreePort.Next(), FreePort.Next());
        var configuration = Address()
            .Replace(
                Shown[0],
                match =>
                    "127.0.0.1:"
                    + (match.Value.StartsWith("10.0.0.10", StringComparison.Ordinal) ? canary : others).Port
            )
            .Replace("127.0.0.1:8080", $"127.0.0.1:{port}", StringComparison.Ordinal)
            .Replace("127.0.0.1:9999", $"127.0.0.1:{runtime}", StringComparison.Ordinal);
        var process = await HaProxyProcess.StartAsync(configuration, runtime);
        var address = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/");
        return (process, new HttpClient { BaseAddress = address });
    }

    private static async Task<IEnumerable<string>> AnswersAsync(HttpClient client, bool isCanaryAsked)
    {
        var answers = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 12; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "");
            request.Headers.Add("X-SHOP-Canary", isCanaryAsked ? "true" : "false");
            using var answer = await client.SendAsync(request);
            answers.Add(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
        }

        return answers;
    }

    private async Task IsTakenAsync(string configuration)
    {
        var file = _directory.WriteFile("haproxy.cfg", configuration);
        (await ProcessRunner.RunAsync("/usr/sbin/haproxy", ["-c", "-f", file])).EnsureSuccess();
    }

    [GeneratedRegex(@"10\.0\.0\.\d+:8080")]
    private static partial Regex Address();
}
