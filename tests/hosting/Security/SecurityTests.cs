using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Failures;
using Canary.Hosting.Discovery;
using Canary.Hosting.Security;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Canary.Hosting.Tests.Security;

public sealed class SecurityTests : IAsyncLifetime
{
    private TestHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await TestHost.StartAsync(module =>
        {
            module.Services.AddServiceClient<DepotClient>("depot");
            module.MapEndpoints(routes =>
            {
                routes.MapPost("/operate", () => "done").RequireOperator();
                routes.MapPost("/serve", () => "served").RequireService();
                routes.MapPost("/read", () => "read").RequireReader();
                routes.MapGet("/break", string () => throw new InvalidOperationException("inner secret"));
                routes.MapGet(
                    "/refuse",
                    string () => throw new CanaryException("too-heavy", "It is too heavy.", "Take some out.")
                );
            });
        });
        _http = new HttpClient { BaseAddress = _host.Address };
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task Without_a_token_nothing_is_changed_and_the_answer_says_where_tokens_are()
    {
        var answer = await _http.PostAsync("/operate", null);

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("code").GetString().ShouldBe("token-missing");
        problem.GetProperty("remedy").GetString().ShouldNotBeNull().ShouldContain("secrets/api-token");
    }

    [Theory]
    [InlineData("api-token", "/operate", HttpStatusCode.OK)]
    [InlineData("api-token", "/serve", HttpStatusCode.Forbidden)]
    [InlineData("service-token", "/serve", HttpStatusCode.OK)]
    [InlineData("service-token", "/operate", HttpStatusCode.Forbidden)]
    [InlineData("read-token", "/read", HttpStatusCode.OK)]
    [InlineData("read-token", "/operate", HttpStatusCode.Forbidden)]
    [InlineData("read-token", "/serve", HttpStatusCode.Forbidden)]
    [InlineData("api-token", "/read", HttpStatusCode.OK)]
    [InlineData("service-token", "/read", HttpStatusCode.Forbidden)]
    public async Task A_token_opens_only_its_own_doors(string file, string path, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(file));

        (await _http.SendAsync(request)).StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task A_wrong_token_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/operate");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", new string('0', 64));

        (await _http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Who_guesses_tokens_is_told_of_once_in_a_while_and_no_token_is()
    {
        var log = new CollectedLog<RefusedTokens>();
        await using var host = await TestHost.StartAsync(module =>
        {
            module.Services.AddSingleton<ILogger<RefusedTokens>>(log);
            module.MapEndpoints(routes => routes.MapPost("/operate", () => "done").RequireOperator());
        });
        using var client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a guess");
        for (var i = 0; i < 20; i++)
        {
            (await client.PostAsync("/operate", null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        log.Lines.ShouldBe(["Refused a token from 127.0.0.1: It is none of this server's."]);
    }

    [Fact]
    public async Task Tokens_and_their_directory_are_private_and_survive_a_restart()
    {
        var before = await TokenAsync("api-token");

        await _host.RestartAsync();

        (await TokenAsync("api-token")).ShouldBe(before);
        File.GetUnixFileMode(TokenPath("api-token")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Path.Combine(_host.DataPath, "secrets"))
            .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_service_client_finds_its_service_and_shows_its_token()
    {
        await using var scope = _host.Services.CreateAsyncScope();

        (await scope.ServiceProvider.GetRequiredService<DepotClient>().ServeAsync()).ShouldBe("\"served\"".Trim('"'));
    }

    [Theory]
    [InlineData("/refuse", 400, "too-heavy")]
    [InlineData("/break", 500, "internal-error")]
    public async Task What_an_endpoint_throws_becomes_a_problem_without_inner_detail(
        string path,
        int status,
        string code
    )
    {
        var answer = await _http.GetAsync(path);

        ((int)answer.StatusCode).ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var text = await answer.Content.ReadAsStringAsync();
        JsonDocument.Parse(text).RootElement.GetProperty("code").GetString().ShouldBe(code);
        text.ShouldNotContain("inner secret");
    }

    [Fact]
    public async Task Of_a_host_that_others_reach_strangers_see_whether_it_is_ready_and_no_metrics()
    {
        await using var host = await TestHost.StartAsync(
            module => module.Services.AddSingleton<IApplicationTokens>(new TokenOfShop()),
            "--hosting:publicaddress=https://canary.example.org"
        );
        using var stranger = new HttpClient { BaseAddress = host.Address };
        using var reader = new HttpClient { BaseAddress = host.Address };
        var token = await File.ReadAllTextAsync(Path.Combine(host.DataPath, "secrets", "read-token"));
        reader.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        using var shop = new HttpClient { BaseAddress = host.Address };
        shop.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TokenOfShop.Value);

        (await stranger.GetStringAsync("/health/ready")).ShouldBe("""{"status":"ready"}""");
        (await shop.GetStringAsync("/health/ready")).ShouldBe("""{"status":"ready"}""");
        (await stranger.GetAsync("/metrics")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await reader.GetStringAsync("/health/ready")).ShouldContain("checks");
        (await reader.GetAsync("/metrics")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _http.GetStringAsync("/health/ready")).ShouldContain("checks");
        (await _http.GetAsync("/metrics")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private string TokenPath(string file) => Path.Combine(_host.DataPath, "secrets", file);

    private async Task<string> TokenAsync(string file) => (await File.ReadAllTextAsync(TokenPath(file))).Trim();

    public sealed class DepotClient(HttpClient http)
    {
        public async Task<string> ServeAsync()
        {
            var answer = await http.PostAsync("serve", null);
            return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        }
    }

    private sealed class TokenOfShop : IApplicationTokens
    {
        public const string Value = "a-token-of-shop-alone";

        public string? ApplicationOf(string presented) => presented == Value ? "shop" : null;
    }
}
