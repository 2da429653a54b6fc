using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Canary.Ingress.Tests.Sessions;

public sealed class SessionTests
{
    [Theory]
    [InlineData("operator", "operator", true, true)]
    [InlineData("reader", "reader", true, false)]
    [InlineData("service", "service", false, false)]
    [InlineData("stranger", null, false, false)]
    [InlineData("wrong token", null, false, false)]
    public async Task Whoever_asks_is_told_what_they_may(string who, string? role, bool mayRead, bool mayDecide)
    {
        await using var host = await IngressHost.StartAsync("--ingress:anonymousread=false");
        using var stranger = new HttpClient { BaseAddress = host.Address };
        stranger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new string('0', 64));
        var client = who switch
        {
            "operator" => host.Operator,
            "reader" => host.Reader,
            "service" => host.Service,
            "stranger" => host.Anonymous,
            _ => stranger,
        };

        using var answer = await client.GetAsync("/api/session");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var session = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        session.GetProperty("role").GetString().ShouldBe(role);
        session.GetProperty("mayRead").GetBoolean().ShouldBe(mayRead);
        session.GetProperty("mayDecide").GetBoolean().ShouldBe(mayDecide);
    }

    [Fact]
    public async Task Where_reading_is_open_strangers_may_read_and_nothing_else()
    {
        await using var host = await IngressHost.StartAsync();

        var session = await host.GetAsync("/api/session");

        session.GetProperty("mayRead").GetBoolean().ShouldBeTrue();
    }
}
