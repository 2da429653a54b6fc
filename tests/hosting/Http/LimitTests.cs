using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Tests.Http;

public sealed class LimitTests
{
    private const int AtOnce = 10;

    [Fact]
    public async Task Too_many_requests_of_an_address_are_told_to_wait_and_no_token_shares_in_it()
    {
        await using var host = await StartAsync("--hosting:limits:requestspersecond=1");
        using var stranger = new HttpClient { BaseAddress = host.Address };
        using var person = ClientOf(host, "api-token");
        using var service = ClientOf(host, "service-token");

        var answers = await GetAsync(stranger, "/open", 3 * AtOnce);

        var refused = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter.ShouldNotBeNull().Delta.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.Zero);
        var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("code").GetString().ShouldBe("too-many-requests");
        (await GetAsync(person, "/operate", AtOnce)).ShouldAllBe(answer => answer.IsSuccessStatusCode);
        (await GetAsync(service, "/serve", 3 * AtOnce)).ShouldAllBe(answer => answer.IsSuccessStatusCode);
        (await GetAsync(stranger, "/health/live", 3 * AtOnce)).ShouldAllBe(answer => answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Guessing_tokens_is_counted_as_no_token()
    {
        await using var host = await StartAsync("--hosting:limits:requestspersecond=1");
        using var guesser = new HttpClient { BaseAddress = host.Address };
        guesser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new string('0', 64));

        var answers = await GetAsync(guesser, "/operate", 3 * AtOnce);

        answers.ShouldContain(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task An_address_has_only_its_share_of_the_connections()
    {
        await using var host = await StartAsync("--hosting:limits:connectionsperaddress=10");
        using var other = await TalkAsync("127.0.0.2", host);
        var mine = new List<TcpClient>();
        while (mine.Count < 10 && await TalkAsync("127.0.0.1", host) is { } client)
        {
            mine.Add(client);
        }

        (await TalkAsync("127.0.0.1", host)).ShouldBeNull();

        other.ShouldNotBeNull();
        using var another = (await TalkAsync("127.0.0.2", host)).ShouldNotBeNull();
        mine.ForEach(client => client.Dispose());
        await Canary.Testing.Eventually.TrueAsync(async () =>
        {
            using var client = await TalkAsync("127.0.0.1", host);
            return client is not null;
        });
    }

    [Fact]
    public async Task Headers_that_do_not_come_to_their_end_are_not_waited_for()
    {
        await using var host = await StartAsync("--hosting:limits:headerstimeout=00:00:01");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        await client.GetStream().WriteAsync("GET /open HTTP/1.1\r\nHost: canary\r\n"u8.ToArray());

        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        (await reader.ReadToEndAsync()).ShouldStartWith("HTTP/1.1 408 Request Timeout");
    }

    [Fact]
    public async Task An_address_may_not_have_more_connections_than_there_are()
    {
        var fault = await Should.ThrowAsync<OptionsValidationException>(() =>
            StartAsync("--hosting:limits:connections=100", "--hosting:limits:connectionsperaddress=200")
        );

        fault.Message.ShouldContain("hosting.limits.connections-per-address");
    }

    private static Task<TestHost> StartAsync(params string[] settings) =>
        TestHost.StartAsync(
            module =>
                module.MapEndpoints(routes =>
                {
                    routes.MapGet("/open", () => "open");
                    routes.MapGet("/operate", () => "done").RequireOperator();
                    routes.MapGet("/serve", () => "served").RequireService();
                }),
            settings
        );

    /// <summary>A connection that has been answered once; <c>null</c> if it was closed.</summary>
    private static async Task<TcpClient?> TalkAsync(string from, TestHost host)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
            await client.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: canary\r\n\r\n"u8.ToArray());
            if (await client.GetStream().ReadAsync(new byte[1]) == 1)
            {
                return client;
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // Closed while the request was on its way, or before its connection was known to be there.
        }

        client.Dispose();
        return null;
    }

    private static HttpClient ClientOf(TestHost host, string token)
    {
        var client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            File.ReadAllText(Path.Combine(host.DataPath, "secrets", token)).Trim()
        );
        return client;
    }

    private static async Task<IReadOnlyList<HttpResponseMessage>> GetAsync(HttpClient client, string path, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => client.GetAsync(path)));
}
