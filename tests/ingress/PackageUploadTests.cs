using System.Net;
using System.Net.Http.Headers;
using Canary.Testing;

namespace Canary.Ingress.Tests;

/// <summary>Who may bring a package that was built elsewhere, and how it is asked for. No publisher answers here.</summary>
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
        _shop = new HttpClient { BaseAddress = _host.Address };
        _shop.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
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

    private static Task<HttpResponseMessage> UploadAsync(HttpClient client, string query) =>
        client.PostAsync(new Uri($"/api/packages{query}", UriKind.Relative), new ByteArrayContent([1, 2, 3]));
}
