using System.Text.Json;
using System.Text.Json.Nodes;

namespace Canary.Benchmarks;

/// <summary>The published all-in-one host, in a data directory of its own.</summary>
internal sealed class CanaryServer : IAsyncDisposable
{
    private readonly string _data;
    private readonly RunningProgram _service;

    private CanaryServer(string data, RunningProgram service)
    {
        _data = data;
        _service = service;
    }

    public HttpClient Http => _service.Http;

    /// <summary>From the start of the process to the first good answer of the readiness check.</summary>
    public TimeSpan StartUp => _service.StartUp;

    public ProcessMemory Memory => _service.Memory;

    /// <summary>The operator token that it made.</summary>
    public string Token => File.ReadAllText(Path.Combine(_data, "secrets", "api-token")).Trim();

    /// <param name="data">Its data directory; may be that of an earlier one.</param>
    /// <param name="configuration">Text of its configuration file.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public static async Task<CanaryServer> StartAsync(
        string data,
        string configuration,
        CancellationToken cancellationToken
    )
    {
        var file = Path.Combine(data, "canary.yaml");
        Directory.CreateDirectory(data);
        await File.WriteAllTextAsync(file, configuration, cancellationToken);
        var service = await RunningProgram.StartAsync(
            RunningProgram.Published("canary-server"),
            address => ["--data", data, "--config", file, "--listen", address],
            Path.Combine(data, "server.log"),
            new Dictionary<string, string>(),
            cancellationToken
        );
        return new CanaryServer(data, service);
    }

    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) =>
        JsonNode.Parse(await Http.GetStringAsync(new Uri(path, UriKind.Relative), cancellationToken))
        ?? throw new JsonException($"{path} is empty.");

    public ValueTask DisposeAsync() => _service.DisposeAsync();
}
