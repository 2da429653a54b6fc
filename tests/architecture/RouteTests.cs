using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Canary.Hosting;
using Canary.Hosting.Security;
using Canary.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Architecture.Tests;

/// <summary>Every route of a server that others reach, and whom it lets in. The table is made of the answers.</summary>
public sealed class RouteTests : IAsyncLifetime
{
    private const string Nobody = "none";

    private static readonly string[] Callers = [Nobody, "wrong", "read", "operator", "service"];

    private readonly TempDirectory _data = new();
    private readonly Dictionary<string, HttpClient> _clients = [];
    private WebApplication _app = null!;

    private IEnumerable<RouteEndpoint> Endpoints =>
        _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public async ValueTask InitializeAsync()
    {
        var host = CanaryHost.CreateBuilder([
            $"--hosting:data={_data.Path}",
            "--hosting:listen=http://127.0.0.1:0",
            "--hosting:anonymousmetrics=false",
            "--ingress:anonymousread=false",
        ]);
        foreach (var add in OptionTypes.Registrations())
        {
            add.Invoke(null, [host]);
        }

        _app = host.Build();
        await _app.StartAsync();
        foreach (var caller in Callers)
        {
            _clients[caller] = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
            _clients[caller].DefaultRequestHeaders.Authorization = TokenOf(caller) is { } token
                ? new AuthenticationHeaderValue("Bearer", token)
                : null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        await _app.StopAsync();
        await _app.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public void Every_route_says_whom_it_lets_in() =>
        Endpoints
            .Where(endpoint => RolesOf(endpoint) is null && !IsOpen(endpoint))
            .Select(endpoint => $"{endpoint.RoutePattern.RawText} needs RequireOperator, RequireReader or another rule")
            .ShouldBeEmpty();

    [Fact]
    public async Task Every_route_lets_in_whom_the_table_says()
    {
        var table = new StringBuilder(
            $"{"", -72}{string.Concat(Callers.Select(caller => $"{caller, -10}")).TrimEnd()}\n"
        );
        foreach (var (method, path, endpoint) in Routes().OrderBy(route => route.Path).ThenBy(route => route.Method))
        {
            var cells = new List<string>();
            foreach (var caller in Callers)
            {
                var status = await AskAsync(caller, method, path);
                status.ShouldBe(Expected(caller, endpoint), $"{method} {path} for {caller}");
                cells.Add(status ?? "yes");
            }

            table
                .Append($"{method, -7}{path, -65}{string.Concat(cells.Select(cell => $"{cell, -10}")).TrimEnd()}")
                .Append('\n');
        }

        Snapshot.Match(table.ToString(), "routes.txt");
    }

    private static string? Expected(string caller, RouteEndpoint endpoint) =>
        RolesOf(endpoint) is not { } roles ? null
        : caller is Nobody or "wrong" ? "401"
        : roles.All(allowed => allowed.Contains(caller == "read" ? "reader" : caller)) ? null
        : "403";

    /// <returns>Why the caller is not let in; <c>null</c>: it is.</returns>
    private async Task<string?> AskAsync(string caller, string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Example(path));
        using var answer = await _clients[caller].SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode switch
        {
            HttpStatusCode.Forbidden => "403",
            // The webhook has a signature in place of a token, and refuses by its own code.
            HttpStatusCode.Unauthorized when answer.Headers.WwwAuthenticate.Count > 0 => "401",
            _ => null,
        };
    }

    private IEnumerable<(string Method, string Path, RouteEndpoint Endpoint)> Routes() =>
        from endpoint in Endpoints
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (method, "/" + endpoint.RoutePattern.RawText!.TrimStart('/'), endpoint);

    /// <summary>The roles of which a caller needs one, of each rule.</summary>
    private static IReadOnlyList<IReadOnlyList<string>>? RolesOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>() is { Count: > 0 } rules
            ? [.. rules.Select(rule => rule.Roles.ShouldNotBeNull().Split(','))]
            : null;

    private static bool IsOpen(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<OpenToStrangersAttribute>() is not null;

    private string? TokenOf(string caller) =>
        caller switch
        {
            Nobody => null,
            "wrong" => new string('0', 64),
            "operator" => ReadToken("api-token"),
            _ => ReadToken($"{caller}-token"),
        };

    private string ReadToken(string name) => File.ReadAllText(_data.Combine("secrets", name)).Trim();

    private static string Example(string path) =>
        path.Replace("{**path}", "nothing", StringComparison.Ordinal)
            .Replace("{releaseId:guid}", Guid.Empty.ToString(), StringComparison.Ordinal)
            .Replace("{number:int}", "12", StringComparison.Ordinal)
            .Replace("{", "", StringComparison.Ordinal)
            .Replace("}", "", StringComparison.Ordinal);
}
