using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.Consul;

/// <summary>
/// Asks Consul's HTTP API (developer.hashicorp.com/consul/api-docs): every failure is a <see cref="CanaryException"/> of
/// <see cref="ConsulErrors"/>. What can be asked is in <see cref="ConsulCatalog"/>, <see cref="ConsulKeys"/> and
/// <see cref="ConsulAgent"/>.
/// </summary>
public sealed class ConsulClient
{
    internal const string Name = "consul";

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly IHttpClientFactory _clients;
    private readonly ConsulOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Made by dependency injection.</summary>
    public ConsulClient(IHttpClientFactory clients, IOptions<ConsulOptions> options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);

        _clients = clients;
        _options = options.Value;
        _time = time;
    }

    /// <summary>Whether an agent is configured.</summary>
    public bool IsUsed => _options.IsUsed;

    /// <summary>The agents, for messages.</summary>
    public string Agents => _options.Agents;

    /// <summary>Gets a JSON document; <c>null</c> if there is none at this path.</summary>
    internal async Task<ConsulAnswer<T?>> GetAsync<T>(
        string path,
        ConsulPermission needed,
        CancellationToken cancellation,
        ulong index = 0,
        bool byOwnAgent = false
    )
        where T : class
    {
        var query = index == 0 ? path : WithQuery(path, $"index={index}&wait={Seconds(_options.Wait)}s");
        // Consul itself adds up to a sixteenth to the time that it waits.
        var limit = index == 0 ? _options.TimeLimit : (_options.Wait * 17 / 16) + _options.TimeLimit;
        using var request = Request(HttpMethod.Get, query, byOwnAgent);
        using var response = await SendAsync(request, limit, cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return new ConsulAnswer<T?>(null, IndexOf(response), IsFiltered(response));
        }

        await EnsureSuccessAsync(response, needed, cancellation);
        return new ConsulAnswer<T?>(
            await ReadAsync<T>(response, cancellation),
            IndexOf(response),
            IsFiltered(response)
        );
    }

    /// <summary>Sends a value or a JSON document, and returns the answer as text.</summary>
    internal async Task<string> PutAsync(
        string path,
        HttpContent? content,
        ConsulPermission needed,
        CancellationToken cancellation,
        HttpMethod? method = null,
        bool byOwnAgent = false
    )
    {
        using var request = Request(method ?? HttpMethod.Put, path, byOwnAgent);
        request.Content = content;
        using var response = await SendAsync(request, _options.TimeLimit, cancellation);
        await EnsureSuccessAsync(response, needed, cancellation);
        return await response.Content.ReadAsStringAsync(cancellation);
    }

    /// <summary>Sends a JSON document; an answer with one of these codes is read whatever it says, any other is an
    /// error.</summary>
    internal async Task<(HttpStatusCode Status, T? Value)> AskAsync<T>(
        HttpMethod method,
        string path,
        object body,
        ConsulPermission needed,
        HttpStatusCode[] accepted,
        CancellationToken cancellation
    )
        where T : class
    {
        using var request = Request(method, path, byOwnAgent: false);
        request.Content = JsonOf(body);
        using var response = await SendAsync(request, _options.TimeLimit, cancellation);
        if (!accepted.Contains(response.StatusCode))
        {
            await EnsureSuccessAsync(response, needed, cancellation);
        }

        var isJson = response.Content.Headers.ContentType?.MediaType == MediaTypeNames.Application.Json;
        return (response.StatusCode, isJson ? await ReadAsync<T>(response, cancellation) : null);
    }

    internal static HttpContent JsonOf(object body) =>
        new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), Json))
        {
            Headers = { ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json) },
        };

    internal static string WithQuery(string path, string query) =>
        $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}";

    private HttpRequestMessage Request(HttpMethod method, string path, bool byOwnAgent)
    {
        if (!_options.IsUsed)
        {
            throw ConsulErrors.NoAddress();
        }

        // The gateway puts the address of an agent in; this one is never asked.
        var request = new HttpRequestMessage(method, "http://consul/");
        request.Options.Set(
            ConsulGateway.Path,
            _options.Datacenter is { } datacenter && !byOwnAgent
                ? WithQuery(path, $"dc={Uri.EscapeDataString(datacenter)}")
                : path
        );
        request.Options.Set(ConsulGateway.ByOwnAgent, byOwnAgent);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        using var deadline = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var client = _clients.CreateClient(Name);
            return await client.SendAsync(request, either.Token);
        }
        catch (HttpRequestException exception)
        {
            throw ConsulErrors.NoAnswer(_options, exception);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw ConsulErrors.Slow(_options, limit, exception);
        }
    }

    private async Task EnsureSuccessAsync(
        HttpResponseMessage response,
        ConsulPermission needed,
        CancellationToken cancellation
    )
    {
        if (!response.IsSuccessStatusCode)
        {
            var said = await response.Content.ReadAsStringAsync(cancellation);
            throw ConsulErrors.Refused(_options, response.StatusCode, said, needed);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation)
        where T : class
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        try
        {
            return JsonSerializer.Deserialize<T>(body, Json) ?? throw new JsonException("It is null.");
        }
        catch (JsonException exception)
        {
            throw new CanaryException(
                ConsulErrors.Unexpected,
                $"What Consul at {Agents} answers cannot be read: {exception.Message}",
                "See that hosting.consul.addresses names a Consul agent of version 1.8 or later.",
                exception
            );
        }
    }

    private static ulong IndexOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Consul-Index", out var values)
        && ulong.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : 0;

    private static bool IsFiltered(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Consul-Results-Filtered-By-ACLs", out var values) && values.First() == "true";

    private static long Seconds(TimeSpan span) => (long)Math.Ceiling(span.TotalSeconds);
}
