using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Builder;

namespace Canary.Hosting.Tests.Security;

/// <summary>All requests come through a proxy that is trusted, whose connections are not counted.</summary>
public sealed class RequestPlacesTests : IDisposable
{
    private const int Places = 2;
    private const int Waiting = 10;
    private const string Stranger = "192.0.2.1";

    private readonly HttpClient _http = new();
    private readonly TaskCompletionSource _gate = new();
    private int _slow;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_stranger_takes_no_more_places_than_its_own_and_what_waits_is_answered_later()
    {
        await using var host = await StartAsync($"--hosting:limits:connectionsperaddress={Waiting}");

        var requests = Enumerable
            .Range(0, Places + Waiting + 1)
            .Select(_ => GetAsync(host, "/slow", Stranger))
            .ToList();

        var refused = await await Task.WhenAny(requests);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull().Delta.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.Zero);
        var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("code").GetString().ShouldBe("too-many-at-once");
        _slow.ShouldBe(Places);

        // Nobody else is in want of anything, and a probe of the same address is not either.
        (await GetAsync(host, "/open", "192.0.2.2")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(host, "/health/live", Stranger)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(host, "/serve", Stranger, ServiceToken(host))).StatusCode.ShouldBe(HttpStatusCode.OK);

        _gate.SetResult();
        var answers = await Task.WhenAll(requests);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(Places + Waiting);
    }

    [Fact]
    public async Task Who_follows_takes_no_place_of_other_requests_and_has_a_bound_of_its_own()
    {
        await using var host = await StartAsync("--hosting:limits:followersperaddress=3");

        var followers = Enumerable.Range(0, 4).Select(_ => GetAsync(host, "/follow", Stranger)).ToList();

        (await await Task.WhenAny(followers)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await GetAsync(host, "/open", Stranger)).StatusCode.ShouldBe(HttpStatusCode.OK);

        _gate.SetResult();
        var answers = await Task.WhenAll(followers);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(3);
    }

    [Fact]
    public async Task What_is_not_found_gives_its_place_back_too()
    {
        await using var host = await StartAsync();

        for (var request = 0; request < 3 * Places; request++)
        {
            (await GetAsync(host, "/nowhere", Stranger)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await GetAsync(host, "/fail", Stranger)).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        }
    }

    private Task<TestHost> StartAsync(params string[] settings) =>
        TestHost.StartAsync(
            module =>
                module.MapEndpoints(routes =>
                {
                    routes.MapGet("/open", () => "open");
                    routes.MapGet("/serve", () => "served").RequireService();
                    routes.MapGet("/follow", () => _gate.Task).Followed();
                    routes.MapGet("/fail", string () => throw new InvalidOperationException("A fault of ours."));
                    routes.MapGet(
                        "/slow",
                        () =>
                        {
                            Interlocked.Increment(ref _slow);
                            return _gate.Task;
                        }
                    );
                }),
            ["--hosting:trustedproxies:0=127.0.0.1", $"--hosting:limits:requestsperaddress={Places}", .. settings]
        );

    private static string ServiceToken(TestHost host) =>
        File.ReadAllText(Path.Combine(host.DataPath, "secrets", "service-token")).Trim();

    private async Task<HttpResponseMessage> GetAsync(TestHost host, string path, string from, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, path));
        request.Headers.Add("X-Forwarded-For", from);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await _http.SendAsync(request);
    }
}
