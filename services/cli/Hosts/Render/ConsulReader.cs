using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Canary.Cli.Hosts.Render;

/// <summary>What a Consul agent knows, as far as templates ask. The token comes from <c>CONSUL_HTTP_TOKEN</c>, as for Consul's own
/// program.</summary>
internal sealed class ConsulReader : IDisposable
{
    private readonly HttpClient _http;

    public ConsulReader(Uri address, string? token)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(15),
        };
        if (!string.IsNullOrEmpty(token))
        {
            _http.DefaultRequestHeaders.Add("X-Consul-Token", token);
        }
    }

    /// <summary>The value of a key; <c>null</c>: there is none.</summary>
    /// <exception cref="CliException"><c>consul-unavailable</c></exception>
    public Task<string?> KeyAsync(string key, CancellationToken cancellation) =>
        AskAsync($"v1/kv/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}?raw", cancellation);

    /// <summary>The instances of a service that pass their checks, by address.</summary>
    /// <exception cref="CliException"><c>consul-unavailable</c></exception>
    public async Task<IReadOnlyList<Dictionary<string, object>>> ServiceAsync(
        string service,
        CancellationToken cancellation
    )
    {
        var text = await AskAsync($"v1/health/service/{Uri.EscapeDataString(service)}?passing=1", cancellation);
        try
        {
            return
            [
                .. JsonNode
                    .Parse(text ?? "[]")!
                    .AsArray()
                    .Select(entry => Instance(entry!["Node"]!, entry["Service"]!))
                    .OrderBy(instance => (string)instance["id"], StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw Unavailable("what it answers is none of its documents.");
        }
    }

    public void Dispose() => _http.Dispose();

    private static Dictionary<string, object> Instance(JsonNode node, JsonNode service) =>
        new(StringComparer.Ordinal)
        {
            ["id"] = (string?)service["ID"] ?? "",
            ["node"] = (string?)node["Node"] ?? "",
            // A service that names no address has that of its node.
            ["address"] = (string?)service["Address"] is { Length: > 0 } own ? own : (string?)node["Address"] ?? "",
            ["port"] = (int?)service["Port"] ?? 0,
            ["tags"] = service["Tags"]?.AsArray().Select(tag => (string?)tag ?? "").ToList() ?? [],
            ["meta"] =
                service["Meta"]?.AsObject().ToDictionary(it => it.Key, it => (object)((string?)it.Value ?? "")) ?? [],
        };

    private async Task<string?> AskAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            return answer.IsSuccessStatusCode
                ? await answer.Content.ReadAsStringAsync(cancellation)
                : throw Unavailable($"{(int)answer.StatusCode} {answer.ReasonPhrase}");
        }
        catch (HttpRequestException e)
        {
            throw Unavailable(e.Message);
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Unavailable($"no answer within {_http.Timeout}.");
        }
    }

    private CliException Unavailable(string reason) =>
        new(
            ExitCodes.Unreachable,
            CliCodes.ConsulUnavailable,
            $"Consul at {_http.BaseAddress} cannot be asked: {reason}",
            "See that its agent runs there, and that the token in CONSUL_HTTP_TOKEN may read what the template asks for."
        );
}
