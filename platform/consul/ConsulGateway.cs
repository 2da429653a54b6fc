using Microsoft.Extensions.Options;

namespace Canary.Consul;

/// <summary>Sends each try of a request to an agent, with the token: to the one that answered last, and to the next one after
/// a failure.</summary>
internal sealed class ConsulGateway(IOptions<ConsulOptions> options) : DelegatingHandler
{
    public const string TokenHeader = "X-Consul-Token";

    /// <summary>Path and query, below the address of an agent.</summary>
    public static readonly HttpRequestOptionsKey<string> Path = new("consul-path");

    /// <summary>Whether only the agent that this host registers with is meant.</summary>
    public static readonly HttpRequestOptionsKey<bool> ByOwnAgent = new("consul-own-agent");

    private readonly Uri[] _agents =
    [
        .. options.Value.Addresses.Select(address => new Uri(address.EndsWith('/') ? address : address + "/")),
    ];

    private int _current;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var isOwn = request.Options.TryGetValue(ByOwnAgent, out var own) && own;
        var at = isOwn ? 0 : Volatile.Read(ref _current);
        request.Options.TryGetValue(Path, out var path);
        request.RequestUri = new Uri(_agents[at], path);
        request.Headers.Remove(TokenHeader);
        if (options.Value.TokenFile is { } file)
        {
            request.Headers.Add(TokenHeader, await ReadTokenAsync(file, cancellationToken));
        }

        var answers = false;
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            answers = (int)response.StatusCode < 500;
            return response;
        }
        finally
        {
            if (!answers && !isOwn)
            {
                Interlocked.CompareExchange(ref _current, (at + 1) % _agents.Length, at);
            }
        }
    }

    private static async Task<string> ReadTokenAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancellation)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ConsulErrors.NoToken(file, exception);
        }
    }
}
