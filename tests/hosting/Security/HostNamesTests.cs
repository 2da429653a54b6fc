using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Builder;

namespace Canary.Hosting.Tests.Security;

public sealed class HostNamesTests
{
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]", true)]
    [InlineData("canary.example.org", false)]
    [InlineData("localhost.example.org", false)]
    [InlineData("", false)]
    public void A_server_of_its_own_machine_has_no_name(string name, bool known) =>
        HostNames.IsKnown(name, new HostingOptions()).ShouldBe(known);

    [Theory]
    [InlineData("Canary.Example.org", true)]
    [InlineData("192.0.2.1", true)]
    [InlineData("localhost", true)]
    [InlineData("example.org", false)]
    public void A_public_address_is_the_name(string name, bool known) =>
        HostNames
            .IsKnown(name, new HostingOptions { PublicAddress = "https://canary.example.org:8443" })
            .ShouldBe(known);

    [Fact]
    public void Names_of_a_server_that_listens_everywhere_cannot_be_known() =>
        HostNames.IsKnown("anything", new HostingOptions { Listen = "http://0.0.0.0:8480" }).ShouldBeTrue();

    [Fact]
    public async Task A_name_that_somebody_else_lets_lead_here_shows_strangers_nothing()
    {
        await using var host = await TestHost.StartAsync(module =>
            module.MapEndpoints(routes =>
            {
                routes.MapGet("/page", () => "page");
                routes.MapGet("/read", () => "read").RequireReader();
                routes.MapGet("/fetch", () => "fetched").UnderAnyHostName();
            })
        );
        using var http = new HttpClient { BaseAddress = host.Address };
        http.DefaultRequestHeaders.Host = "evil.example.org";

        using var refused = await http.GetAsync("/page");

        refused.StatusCode.ShouldBe(HttpStatusCode.MisdirectedRequest);
        var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("code").GetString().ShouldBe("server-name-unknown");
        problem.GetProperty("remedy").GetString().ShouldNotBeNull().ShouldContain("hosting.public-address");
        (await http.GetStringAsync("/fetch")).ShouldBe("fetched");
        (await http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var token = await File.ReadAllTextAsync(Path.Combine(host.DataPath, "secrets", "read-token"));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        (await http.GetStringAsync("/read")).ShouldBe("read");
    }
}
