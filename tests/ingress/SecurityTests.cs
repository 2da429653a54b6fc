using System.Net;
using System.Text;
using Canary.Failures;
using Canary.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests;

public class SecurityTests : IAsyncLifetime
{
    /// <summary>They have a signature or a password in place of a token.</summary>
    private const string Webhooks = "/webhooks/";

    /// <summary>It has a token of its own in its body.</summary>
    private const string Enrolment = "/hosts/enrolment";

    /// <summary>It tells a stranger that they are one.</summary>
    private const string Session = "/api/session";

    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Whatever_changes_something_needs_a_token()
    {
        var changing = Endpoints(_host)
            .Where(x => x.Method is not ("GET" or "HEAD"))
            .Where(x => x.Path != Enrolment && !x.Path.StartsWith(Webhooks, StringComparison.Ordinal))
            .ToList();
        changing.Count.ShouldBeGreaterThanOrEqualTo(5);
        foreach (var (method, path, _) in changing)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Fill(path));
            using var answer = await _host.Anonymous.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, $"{method} {path}");

            using var wrong = new HttpRequestMessage(new HttpMethod(method), Fill(path));
            wrong.Headers.Authorization = new("Bearer", new string('0', 64));
            using var refused = await _host.Anonymous.SendAsync(wrong);
            refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, $"{method} {path}");
        }
    }

    [Fact]
    public async Task The_tokens_of_operators_and_services_are_not_exchangeable()
    {
        foreach (var (method, path, role) in Endpoints(_host).Where(x => x.Role is not null))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Fill(path));
            var other = role == "service" ? _host.Operator : _host.Service;
            using var answer = await other.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden, $"{method} {path}");
        }
    }

    [Fact]
    public async Task Reading_can_be_restricted_to_those_with_a_token()
    {
        await using var host = await IngressHost.StartAsync("--ingress:anonymousread=false");
        var reading = Endpoints(host)
            .Where(x => x.Path.StartsWith("/api/", StringComparison.Ordinal) && x.Path != Session)
            .ToList();
        reading.Count.ShouldBeGreaterThan(8);
        foreach (var (method, path, _) in reading)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Fill(path));
            using var answer = await host.Anonymous.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, $"{method} {path}");
        }

        using var allowed = await host.Operator.GetAsync("/api/releases");
        allowed.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var reader = await host.Reader.GetAsync("/api/releases");
        reader.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var decided = await host.Reader.PostAsync("/api/releases/latest/promote", null);
        decided.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var page = await host.Anonymous.GetAsync("/");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("--hosting:listen=http://0.0.0.0:0")]
    [InlineData("--hosting:publicaddress=https://canary.example.org")]
    public async Task Where_others_reach_the_server_reading_needs_a_token_by_itself(string setting)
    {
        await using var host = await IngressHost.StartAsync(setting);

        using var refused = await host.Anonymous.GetAsync("/api/releases");
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var allowed = await host.Reader.GetAsync("/api/releases");
        allowed.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Reading_without_a_token_is_not_for_a_whole_network()
    {
        var fault = await Should.ThrowAsync<CanaryException>(() =>
            IngressHost.StartAsync("--hosting:listen=http://0.0.0.0:0", "--ingress:anonymousread=true")
        );

        fault.Code.ShouldBe("anonymous-read-exposed");
        fault.Message.ShouldContain("http://0.0.0.0:0");
        fault.Remedy.ShouldContain("secrets/read-token");
    }

    [Fact]
    public void The_routes_are_those_that_are_documented()
    {
        var table = new StringBuilder();
        foreach (var (method, path, role) in Endpoints(_host).OrderBy(x => x.Path).ThenBy(x => x.Method))
        {
            table.Append($"{method, -6} {path} {(role is null ? "" : $"[{role}]")}".TrimEnd()).Append('\n');
        }

        Snapshot.Match(table.ToString(), "routes.txt");
    }

    private static string Fill(string path) =>
        path.Replace("{id}", "latest", StringComparison.Ordinal)
            .Replace("{releaseId:guid}", Guid.Empty.ToString(), StringComparison.Ordinal)
            .Replace("{stage}", "build", StringComparison.Ordinal)
            .Replace("{number:int}", "12", StringComparison.Ordinal);

    private static List<(string Method, string Path, string? Role)> Endpoints(IngressHost host) =>
        [
            .. from endpoint in host
                .App.Services.GetRequiredService<EndpointDataSource>()
                .Endpoints.OfType<RouteEndpoint>()
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
            select (
                method,
                "/" + endpoint.RoutePattern.RawText!.TrimStart('/'),
                endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Roles
            ),
        ];
}
