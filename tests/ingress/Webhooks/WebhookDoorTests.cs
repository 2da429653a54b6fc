using System.Net;
using System.Net.Sockets;
using System.Text;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources.GitHub;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Webhooks;

/// <summary>Strangers at the one door that is open to everybody.</summary>
public sealed class WebhookDoorTests
{
    private const string Waiting = "Content-Length: 1000";

    [Theory]
    [InlineData("X-Hub-Signature-256", "401 Unauthorized")]
    [InlineData("X-GitHub-Event", "400 Bad Request")]
    [InlineData("X-GitHub-Delivery", "400 Bad Request")]
    public async Task Without_its_headers_a_webhook_is_refused_before_its_body_is_read(string missing, string status)
    {
        await using var host = await IngressHost.StartAsync();
        var headers = UnsignedBody.AllHeaders.Where(line => !line.StartsWith(missing, StringComparison.Ordinal));

        // A server that reads the body says first "100 Continue".
        using var body = await UnsignedBody.SendAsync(
            host.Address,
            $"{UnsignedBody.Head([.. headers, Waiting, "Expect: 100-continue"])}\r\n"
        );

        (await body.AnswerAsync()).ShouldStartWith($"HTTP/1.1 {status}");
    }

    [Fact]
    public async Task A_body_that_does_not_come_to_its_end_in_time_is_refused_and_gives_its_place_back()
    {
        await using var host = await IngressHost.StartAsync("--ingress:webhookbodytimeout=00:00:01");
        using var body = await UnsignedBody.BeginAsync(host.Address, Waiting);
        await body.SendAsync("{"u8.ToArray());

        (await body.AnswerAsync()).ShouldStartWith("HTTP/1.1 408 Request Timeout");

        PlacesOf(host).Taken.ShouldBe(0);
    }

    [Fact]
    public async Task A_stranger_can_take_only_the_places_of_its_own_address()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:webhookplacesperclient=2",
            "--ingress:webhookbodytimeout=00:05:00"
        );
        using var first = await UnsignedBody.BeginAsync(host.Address, Waiting);
        using var second = await UnsignedBody.BeginAsync(host.Address, Waiting);
        await Eventually.TrueAsync(() => PlacesOf(host).Taken == 2);

        using var refused = await UnsignedBody.BeginAsync(host.Address, Waiting);
        var answer = await refused.AnswerAsync();
        answer.ShouldStartWith("HTTP/1.1 503 Service Unavailable");
        answer.ShouldContain("Retry-After: ");
        (await DeliverFromAsync("127.0.0.2", host, new Push())).ShouldBe(HttpStatusCode.Accepted);

        first.Dispose();
        await Eventually.TrueAsync(() => PlacesOf(host).Taken == 1);
        (await DeliverFromAsync("127.0.0.1", host, new Push())).ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_a_stranger_takes_no_places_of_others_either()
    {
        await using var host = await IngressHost.StartAsync(
            "--hosting:trustedproxies:0=127.0.0.1",
            "--ingress:webhookplacesperclient=1",
            "--ingress:webhookbodytimeout=00:05:00"
        );
        using var stranger = await UnsignedBody.BeginAsync(host.Address, Waiting, "X-Forwarded-For: 192.0.2.1");
        await Eventually.TrueAsync(() => PlacesOf(host).Taken == 1);

        using var refused = await UnsignedBody.BeginAsync(host.Address, Waiting, "X-Forwarded-For: 192.0.2.1");
        (await refused.AnswerAsync()).ShouldStartWith("HTTP/1.1 503");
        host.Anonymous.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.2");
        await host.AcceptAsync(new Push());
    }

    [Fact]
    public void What_a_stranger_may_hold_is_bounded_and_leaves_every_other_client_enough_for_a_push()
    {
        const int perMegabyte = (1 << 20) / BodyPieces.Size;
        var places = new BodyPlaces(new Fixed<IngressOptions>(new IngressOptions()), new BodyPieces());
        var held = new List<int>();
        for (var number = 0; number < 8; number++)
        {
            var place = places.TryTake(IPAddress.Parse($"192.0.2.{number}")).ShouldNotBeNull();
            held.Add(Enumerable.Range(0, 2000).TakeWhile(_ => place.TryTakePiece() is not null).Count() / perMegabyte);
        }

        held.Max().ShouldBe(56);
        held.Min().ShouldBe(4);
        held.Sum().ShouldBeLessThan(144 + (8 * 4));
    }

    [Fact]
    public async Task Slow_connections_and_bad_signatures_keep_no_push_waiting_and_take_no_memory()
    {
        await using var host = await IngressHost.StartAsync();
        await host.AcceptAsync(new Push());
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var slow = await Task.WhenAll(
            Enumerable
                .Range(0, 300)
                .Select(number =>
                    UnsignedBody.SendAsync(
                        host.Address,
                        number % 2 == 0 ? UnsignedBody.Head(Waiting) : $"{UnsignedBody.Head(Waiting)}\r\n{{"
                    )
                )
        );

        var bad = SendBadSignaturesAsync(host, 2000);
        var longest = TimeSpan.Zero;
        var accepted = 0;
        while (accepted < 20 || !bad.IsCompleted)
        {
            var began = TimeProvider.System.GetTimestamp();
            await host.AcceptAsync(new Push { Repository = "acme/calm" });
            var took = TimeProvider.System.GetElapsedTime(began);
            longest = took > longest ? took : longest;
            accepted++;
        }

        await bad;
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{accepted} pushes accepted meanwhile, the slowest in {longest.TotalMilliseconds:0} ms; memory grew by {grown / 1e6:0.0} MB"
        );
        grown.ShouldBeLessThan(50_000_000);
        PlacesOf(host).Taken.ShouldBe(0);
        foreach (var connection in slow)
        {
            connection.Dispose();
        }
    }

    private static async Task SendBadSignaturesAsync(IngressHost host, int count)
    {
        var answers = Enumerable
            .Range(0, count)
            .Chunk(100)
            .Select(async chunk =>
            {
                foreach (var _ in chunk)
                {
                    using var answer = await host.DeliverAsync(new Push().ToJson(), signature: UnsignedBody.Forged);
                    answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
                }
            });
        await Task.WhenAll(answers);
    }

    private static async Task<HttpStatusCode> DeliverFromAsync(string address, IngressHost host, Push push)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = host.Address };
        var body = Encoding.UTF8.GetBytes(push.ToJson());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/github");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-GitHub-Event", "push");
        request.Headers.Add("X-GitHub-Delivery", Guid.NewGuid().ToString());
        request.Headers.Add(GitHubSignature.Header, GitHubSignature.Of(body, IngressHost.Secret));
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private static BodyPlaces PlacesOf(IngressHost host) => host.App.Services.GetRequiredService<BodyPlaces>();
}
