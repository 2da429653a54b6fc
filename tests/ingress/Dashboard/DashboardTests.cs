using System.Net;
using System.Text.RegularExpressions;

namespace Canary.Ingress.Tests.Dashboard;

public partial class DashboardTests : IAsyncLifetime
{
    private static readonly string[] Paths =
    [
        "/",
        "/assets/dashboard.css",
        "/assets/dashboard.js",
        "/assets/canary.svg",
    ];

    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Every_file_has_a_strict_content_security_policy()
    {
        foreach (var path in Paths)
        {
            using var answer = await _host.Anonymous.GetAsync(path);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();
            policy.ShouldContain("default-src 'none'");
            policy.ShouldContain("script-src 'self'");
            policy.ShouldContain("frame-ancestors 'none'");
            policy.ShouldNotContain("unsafe");
            policy.ShouldNotContain("http");
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        }
    }

    [Fact]
    public async Task The_page_needs_nothing_that_the_policy_forbids()
    {
        var page = await _host.Anonymous.GetStringAsync("/");
        var script = await _host.Anonymous.GetStringAsync("/assets/dashboard.js");
        var style = await _host.Anonymous.GetStringAsync("/assets/dashboard.css");

        InlineScript().IsMatch(page).ShouldBeFalse();
        page.ShouldNotContain("<style");
        page.ShouldNotContain(" style=");
        page.ShouldNotContain("javascript:");
        EventAttribute().IsMatch(page).ShouldBeFalse();
        (page + style).ShouldNotContain("//fonts.");
        Address().Matches(page).Select(x => x.Groups[1].Value).ShouldAllBe(x => x.StartsWith('/') || x.StartsWith('#'));
        style.ShouldNotContain("url(");
        style.ShouldNotContain("@import");
        script.ShouldNotContain("import ");
    }

    [Fact]
    public async Task Values_are_only_ever_inserted_as_text()
    {
        var script = await _host.Anonymous.GetStringAsync("/assets/dashboard.js");

        foreach (
            var forbidden in new[]
            {
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "DOMParser",
                "eval(",
                "new Function",
                "localStorage",
            }
        )
        {
            script.ShouldNotContain(forbidden);
        }
    }

    [Fact]
    public async Task A_file_that_has_not_changed_is_not_sent_again()
    {
        using var first = await _host.Anonymous.GetAsync("/assets/dashboard.js");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/assets/dashboard.js");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag.ShouldNotBeNull());

        using var second = await _host.Anonymous.SendAsync(request);

        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Whoever_looks_whether_the_page_is_there_gets_its_headers_alone()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/");

        using var answer = await _host.Anonymous.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_page_says_its_language_and_works_for_assistive_technology()
    {
        var page = await _host.Anonymous.GetStringAsync("/");

        page.ShouldContain("<html lang=\"en\">");
        page.ShouldContain("name=\"viewport\"");
        page.ShouldContain("<main");
        page.ShouldContain("<noscript>");
        page.ShouldContain("role=\"status\"");
    }

    [GeneratedRegex("<script(?![^>]* src=)", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();

    [GeneratedRegex("\\son[a-z]+=", RegexOptions.IgnoreCase)]
    private static partial Regex EventAttribute();

    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"")]
    private static partial Regex Address();
}
