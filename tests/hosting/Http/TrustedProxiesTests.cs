using System.Net;
using System.Net.Sockets;
using Canary.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Tests.Http;

public sealed class TrustedProxiesTests
{
    private const string Trusting = "--hosting:trustedproxies:0=127.0.0.1";

    [Theory]
    [InlineData("192.0.2.9", "https 192.0.2.9")]
    [InlineData("198.51.100.1, 192.0.2.9", "https 192.0.2.9")]
    [InlineData("192.0.2.9, 10.1.2.3", "https 192.0.2.9")]
    public async Task A_trusted_proxy_says_for_whom_it_asks_and_its_client_says_nothing(
        string forwardedFor,
        string seen
    )
    {
        await using var host = await StartAsync(Trusting, "--hosting:trustedproxies:1=10.0.0.0/8");

        (await AskAsync(host, IPAddress.Loopback, forwardedFor)).ShouldBe(seen);
    }

    [Fact]
    public async Task Nobody_else_is_believed()
    {
        await using var host = await StartAsync(Trusting);
        await using var alone = await StartAsync();

        (await AskAsync(host, IPAddress.Parse("127.0.0.2"), "192.0.2.9")).ShouldBe("http 127.0.0.2");
        (await AskAsync(alone, IPAddress.Loopback, "192.0.2.9")).ShouldBe("http 127.0.0.1");
    }

    [Fact]
    public async Task A_proxy_has_as_many_connections_as_its_clients_need()
    {
        await using var host = await StartAsync(Trusting, "--hosting:limits:connectionsperaddress=10");
        using var http = new HttpClient { BaseAddress = host.Address };

        var gate = Enumerable.Range(0, 20).Select(_ => http.GetAsync("/wait"));

        (await Task.WhenAll(gate)).ShouldAllBe(answer => answer.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("proxy.example.org")]
    [InlineData("10.0.0.0/33")]
    public async Task What_is_neither_an_address_nor_a_network_is_refused_at_start(string proxy)
    {
        var fault = await Should.ThrowAsync<OptionsValidationException>(() =>
            StartAsync($"--hosting:trustedproxies:0={proxy}")
        );

        fault.Message.ShouldContain("hosting.trusted-proxies");
        fault.Message.ShouldContain(proxy);
    }

    private static Task<TestHost> StartAsync(params string[] settings)
    {
        var arrived = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TestHost.StartAsync(
            module =>
                module.MapEndpoints(routes =>
                {
                    routes.MapGet(
                        "/me",
                        (HttpContext context) => $"{context.Request.Scheme} {ClientAddress.Of(context)}"
                    );
                    // Twenty at once need twenty connections.
                    routes.MapGet(
                        "/wait",
                        async () =>
                        {
                            if (Interlocked.Increment(ref arrived) == 20)
                            {
                                all.SetResult();
                            }

                            await all.Task;
                        }
                    );
                }),
            settings
        );
    }

    private static async Task<string> AskAsync(TestHost host, IPAddress from, string forwardedFor)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = host.Address };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", forwardedFor.Contains(',') ? "https, https" : "https");
        return await http.GetStringAsync("/me");
    }
}
