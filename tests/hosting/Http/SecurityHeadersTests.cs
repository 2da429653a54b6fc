using Canary.Hosting.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Canary.Hosting.Tests.Http;

public sealed class SecurityHeadersTests : IAsyncLifetime
{
    private TestHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await TestHost.StartAsync(module =>
            module.MapEndpoints(routes =>
            {
                routes.MapGet("/operate", () => "done").RequireOperator();
                routes.MapGet("/break", string () => throw new InvalidOperationException("broken"));
                routes.MapGet(
                    "/page",
                    (HttpContext context) =>
                    {
                        context.Response.Headers.ContentSecurityPolicy = "default-src 'self'";
                        return "page";
                    }
                );
            })
        );
        _http = new HttpClient { BaseAddress = _host.Address };
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _host.DisposeAsync();
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/metrics")]
    [InlineData("/operate")]
    [InlineData("/break")]
    [InlineData("/nowhere")]
    public async Task Every_answer_has_them_errors_as_well(string path)
    {
        using var answer = await _http.GetAsync(path);

        string Header(string name) => answer.Headers.GetValues(name).ShouldHaveSingleItem();
        Header("Content-Security-Policy").ShouldContain("default-src 'none'");
        Header("Content-Security-Policy").ShouldContain("frame-ancestors 'none'");
        Header("X-Content-Type-Options").ShouldBe("nosniff");
        Header("X-Frame-Options").ShouldBe("DENY");
        Header("Referrer-Policy").ShouldBe("no-referrer");
        Header("Cross-Origin-Resource-Policy").ShouldBe("same-origin");
        answer.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public async Task A_page_says_itself_what_it_needs()
    {
        using var answer = await _http.GetAsync("/page");

        answer.Headers.GetValues("Content-Security-Policy").ShouldBe(["default-src 'self'"]);
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }
}
