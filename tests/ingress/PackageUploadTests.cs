using System.Net;
using System.Net.Http.Headers;
using Canary.Contracts.Packaging;
using Canary.Contracts.Releases;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Ingress.Tests;

/// <summary>Who may bring a package that was built elsewhere, and how it is asked for. No publisher answers, or a stand-in that takes all.</summary>
public sealed class PackageUploadTests : IAsyncLifetime
{
    private const string Token = "a token of shop alone";

    private static readonly string Digest = new('a', 64);

    private readonly TempDirectory _directory = new();
    private IngressHost _host = null!;
    private HttpClient _shop = null!;

    public async ValueTask InitializeAsync()
    {
        var token = _directory.WriteFile("shop", Token);
        _host = await IngressHost.StartAsync(
            $"--ingress:packagetokenfiles:shop={token}",
            $"--hosting:services:repository-publisher=http://127.0.0.1:{FreePort.Next()}"
        );
        _shop = ShopOf(_host);
    }

    public async ValueTask DisposeAsync()
    {
        _shop.Dispose();
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest, "application-invalid")]
    [InlineData("?application=../shop", HttpStatusCode.BadRequest, "application-invalid")]
    [InlineData("?application=shop", HttpStatusCode.BadRequest, "digest-missing")]
    [InlineData("?application=shop&sha256=ABC", HttpStatusCode.BadRequest, "digest-missing")]
    public async Task What_does_not_say_what_it_brings_is_refused(string query, HttpStatusCode status, string code)
    {
        using var answer = await UploadAsync(_host.Operator, query);

        await answer.ShouldBeProblemAsync(status, code);
    }

    [Fact]
    public async Task A_form_is_refused_with_what_to_send_instead()
    {
        using var form = new FormUrlEncodedContent([new("name", "value")]);
        using var answer = await _shop.PostAsync(new Uri($"/api/packages?sha256={Digest}", UriKind.Relative), form);

        await answer.ShouldBeProblemAsync(HttpStatusCode.UnsupportedMediaType, "content-type-unsupported");
        (await answer.Content.ReadAsStringAsync()).ShouldContain("application/octet-stream");
    }

    [Fact]
    public async Task The_token_of_an_application_is_refused_for_another_one_and_for_all_else()
    {
        using var other = await UploadAsync(_shop, $"?application=crm&sha256={Digest}");
        await other.ShouldBeProblemAsync(HttpStatusCode.Forbidden, "package-token-foreign");
        using var promoted = await _shop.PostAsync("/api/releases/latest/promote", null);
        await promoted.ShouldBeProblemAsync(HttpStatusCode.Forbidden, "token-not-allowed");
        using var reader = await UploadAsync(_host.Reader, $"?application=shop&sha256={Digest}");
        await reader.ShouldBeProblemAsync(HttpStatusCode.Forbidden, "token-not-allowed");
    }

    [Fact]
    public async Task A_publisher_that_does_not_answer_is_named_and_nothing_is_released()
    {
        using var answer = await UploadAsync(_shop, $"?sha256={Digest}");

        await answer.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "publisher-unavailable");
        (await _host.GetAsync("/api/releases")).GetProperty("releases").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_token_that_is_replaced_is_replaced_at_once()
    {
        _directory.WriteFile("shop", "another token of shop");

        using var answer = await UploadAsync(_shop, $"?sha256={Digest}");

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_comes_with_the_token_of_an_application_is_as_automatic_as_a_push(bool byAPerson)
    {
        await using var publisher = await PublisherAsync();
        await using var host = await HostAsync(publisher);
        using var shop = ShopOf(host);

        using var answer = await UploadAsync(byAPerson ? host.Operator : shop, $"?application=shop&sha256={Digest}");

        await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        var push = await host.Sent.FirstAsync<PushReceived>(x => x.Upload is not null);
        push.IsRequested.ShouldBe(byAPerson);
    }

    [Fact]
    public async Task What_comes_again_with_the_token_while_deployments_are_held_is_not_deployed()
    {
        await using var publisher = await PublisherAsync();
        await using var host = await HostAsync(publisher);
        using var shop = ShopOf(host);
        using var first = await UploadAsync(shop, $"?sha256={Digest}");
        await first.ShouldBeAsync(HttpStatusCode.Accepted);
        var push = await host.Sent.FirstAsync<PushReceived>(x => x.Upload is not null);
        await host.PublishAsync(
            new ApplicationHoldChanged
            {
                Application = "shop",
                Revision = 1,
                Hold = new Hold { By = "ada", Since = Snapshots.Noon },
            }
        );
        await host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.Completed));

        await Eventually.TrueAsync(async () =>
        {
            using var again = await UploadAsync(shop, $"?sha256={Digest}");
            return (await again.ShouldBeAsync(HttpStatusCode.OK)).Text("nothingStarted").Contains("are held");
        });

        host.Sent.Of<DeployRelease>().ShouldBeEmpty();
    }

    private static async Task<WebApplication> PublisherAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var publisher = builder.Build();
        publisher.MapPut(
            "/internal/packages/{sha256}",
            async (HttpRequest request) =>
            {
                await request.Body.CopyToAsync(Stream.Null);
                return Results.Created();
            }
        );
        publisher.MapGet(
            "/internal/packages/{sha256}",
            (string sha256) =>
                Results.Json(
                    new PackageReference
                    {
                        Name = "shop",
                        Version = "1.0-1",
                        Architecture = "all",
                        Sha256 = sha256,
                        Size = 3,
                    }
                )
        );
        await publisher.StartAsync();
        return publisher;
    }

    private Task<IngressHost> HostAsync(WebApplication publisher) =>
        IngressHost.StartAsync(
            $"--ingress:packagetokenfiles:shop={_directory.Combine("shop")}",
            $"--hosting:services:repository-publisher={publisher.Urls.First()}"
        );

    private static HttpClient ShopOf(IngressHost host)
    {
        var client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }

    private static Task<HttpResponseMessage> UploadAsync(HttpClient client, string query) =>
        client.PostAsync(new Uri($"/api/packages{query}", UriKind.Relative), new ByteArrayContent([1, 2, 3]));
}
