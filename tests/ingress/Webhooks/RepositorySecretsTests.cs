using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources.GitHub;
using Canary.Testing;

namespace Canary.Ingress.Tests.Webhooks;

/// <summary>A repository with webhook secrets of its own accepts these alone, and they open nothing else.</summary>
public class RepositorySecretsTests : IAsyncLifetime
{
    private const string OfShop = "the secret of the shop";

    private const string OfShopNext = "the next secret of the shop";

    private const string OfStore = "the secret of the store";

    private readonly TempDirectory _directory = new();

    private IngressHost _host = null!;

    private string StoreFile => _directory.Combine("store");

    public async ValueTask InitializeAsync()
    {
        _directory.WriteFile("store", OfStore + "\n");
        _host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=acme/shop",
            $"--ingress:repositories:2:webhooksecrets:0={OfShop}",
            $"--ingress:repositories:2:webhooksecrets:1={OfShopNext}",
            "--ingress:repositories:3:name=acme/store",
            $"--ingress:repositories:3:webhooksecretfiles:0={StoreFile}",
            "--ingress:repositories:4:name=tools/*",
            $"--ingress:repositories:4:webhooksecretfiles:0={_directory.Combine("missing")}"
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("acme/shop", OfShop)]
    [InlineData("acme/shop", OfShopNext)]
    [InlineData("ACME/Shop", OfShop)]
    [InlineData("acme/store", OfStore)]
    [InlineData("acme/other", IngressHost.Secret)]
    public async Task A_secret_opens_its_own_door(string repository, string secret) =>
        (await PushAsync(repository, secret)).ShouldBe(HttpStatusCode.Accepted);

    [Theory]
    [InlineData("acme/store", OfShop)]
    [InlineData("acme/other", OfShop)]
    [InlineData("acme/shop", IngressHost.Secret)]
    [InlineData("ACME/SHOP", IngressHost.Secret)]
    [InlineData("tools/hammer", IngressHost.Secret)]
    [InlineData("tools/hammer", OfShop)]
    public async Task A_secret_opens_no_other_door_and_nothing_is_recorded(string repository, string secret)
    {
        (await PushAsync(repository, secret)).ShouldBe(HttpStatusCode.Unauthorized);

        (await _host.GetAsync("/api/releases")).GetProperty("releases").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("acme/store")]
    [InlineData("nobody/knows")]
    [InlineData("no repository at all")]
    public async Task The_holder_of_one_secret_learns_nothing_of_other_repositories(string repository)
    {
        var push = new Push { Repository = repository }.ToJson();

        (await BodyAsync(push, "push", OfShop)).ShouldBe(await BodyAsync(push, "push", "a secret of nobody"));
        (await BodyAsync(push, "ping", OfShop)).ShouldBe(await BodyAsync(push, "ping", "a secret of nobody"));
    }

    [Fact]
    public async Task A_repository_that_is_named_twice_is_judged_by_the_one_that_is_acted_on()
    {
        var push = new Push { Repository = "acme/store" };
        var payload = push.ToJson()
            .Replace("\"ref\":", "\"repository\":{\"full_name\":\"acme/shop\"},\"ref\":", StringComparison.Ordinal);

        (await DeliverAsync(payload, "push", OfShop)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_ping_says_that_the_secret_is_right_only_where_it_is()
    {
        const string Ping = """{"zen":"Keep it logically awesome.","repository":{"full_name":"acme/shop"}}""";

        (await DeliverAsync(Ping, "ping", OfShop)).ShouldBe(HttpStatusCode.OK);
        (await DeliverAsync(Ping, "ping", IngressHost.Secret)).ShouldBe(HttpStatusCode.Unauthorized);
        (await DeliverAsync(Ping, "ping", OfStore)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_file_is_read_again_when_it_changes()
    {
        const string Next = "the next secret of the store";
        (await PushAsync("acme/store", Next)).ShouldBe(HttpStatusCode.Unauthorized);

        File.WriteAllText(StoreFile, Next);
        File.SetLastWriteTimeUtc(StoreFile, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        (await PushAsync("acme/store", Next)).ShouldBe(HttpStatusCode.Accepted);
        (await PushAsync("acme/store", OfStore)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_status_says_which_file_is_missing()
    {
        var check = await CheckAsync(_host);

        check.Text("status").ShouldBe("failed");
        check.Text("detail").ShouldContain(_directory.Combine("missing"));
        check.GetRawText().ShouldNotContain(OfShop);
    }

    [Fact]
    public async Task The_status_says_where_each_secret_comes_from()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=acme/store",
            $"--ingress:repositories:2:webhooksecretfiles:0={StoreFile}"
        );

        (await CheckAsync(host)).Text("detail").ShouldBe($"1 in the configuration. acme/store only: {StoreFile}.");
    }

    private static async Task<JsonElement> CheckAsync(IngressHost host) =>
        (await host.GetAsync("/api/status"))
            .GetProperty("checks")
            .EnumerateArray()
            .Single(check => check.Text("name") == "webhook-secret");

    private Task<HttpStatusCode> PushAsync(string repository, string secret) =>
        DeliverAsync(new Push { Repository = repository }.ToJson(), "push", secret);

    private async Task<HttpStatusCode> DeliverAsync(string payload, string @event, string secret)
    {
        using var answer = await SendAsync(payload, @event, secret);
        return answer.StatusCode;
    }

    private async Task<string> BodyAsync(string payload, string @event, string secret)
    {
        using var answer = await SendAsync(payload, @event, secret);
        var body = await answer.Content.ReadFromJsonAsync<JsonObject>();
        body!.Remove("traceId");
        return body.ToJsonString();
    }

    private Task<HttpResponseMessage> SendAsync(string payload, string @event, string secret) =>
        _host.DeliverAsync(payload, @event, signature: GitHubSignature.Of(Encoding.UTF8.GetBytes(payload), secret));
}
