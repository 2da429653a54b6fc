using Canary.Testing.Installations;

namespace Canary.Benchmarks;

/// <summary>The published all-in-one host, in a data directory of its own.</summary>
internal sealed class CanaryServer : Installation, IAsyncDisposable
{
    private readonly string _data;
    private readonly RunningProgram _program;

    private CanaryServer(string data, RunningProgram program)
    {
        _data = data;
        _program = program;
    }

    /// <summary>What webhooks are signed with.</summary>
    public static string Secret => WebhookSecret;

    /// <summary>From the start of the process to the first good answer of the readiness check.</summary>
    public TimeSpan StartUp => _program.StartUp;

    public ProcessMemory Memory => _program.Memory;

    public override string Log => File.ReadAllText(LogFile(_data));

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
        var program = await RunningProgram.StartAsync(
            RunningProgram.Published("canary-server"),
            address => ["--data", data, "--config", file, "--listen", address],
            LogFile(data),
            new Dictionary<string, string>(),
            cancellationToken
        );
        var token = Path.Combine(data, "secrets", "api-token");
        return new CanaryServer(data, program) { Http = await ClientAsync(program.Http.BaseAddress!, token) };
    }

    public override string HostRoot(string host) => Path.Combine(_data, "deployer", "hosts", host);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _program.DisposeAsync();
    }

    private static string LogFile(string data) => Path.Combine(data, "server.log");
}
