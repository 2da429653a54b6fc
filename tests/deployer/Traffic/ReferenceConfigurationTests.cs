using System.Globalization;
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
        await using var process = await HaProxyProcess.StartAsync(configuration, runtime);
        using var client = new HttpClient();
        client.BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/");

        (await AnswersAsync(client, isCanaryAsked: true)).ShouldBe(["canary"]);
        (await AnswersAsync(client, isCanaryAsked: false)).ShouldBe(["canary", "others"], ignoreOrder: true);

        await process.AskAsync("set server shop_canary/canary-1 state drain");
        await process.AskAsync("set server shop/canary-1 state drain");
        (await AnswersAsync(client, isCanaryAsked: true)).ShouldBe(["others"]);
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
