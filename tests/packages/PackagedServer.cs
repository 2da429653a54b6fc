namespace Canary.Packages.Tests;

/// <summary>The server as packages bring it, on a data directory of its own.</summary>
internal sealed class PackagedServer : IAsyncDisposable
{
    private readonly string _programs;
    private readonly string _data;
    private readonly ServerProcess _process;

    private PackagedServer(string programs, string data, string[] arguments)
    {
        _programs = programs;
        _data = data;
        _process = ServerProcess.Start(
            ProgramIn(programs),
            ["--data", data, "--listen", "http://127.0.0.1:0", "--set", "ingress.clone-schemes.0=file", .. arguments]
        );
    }

    public string Log => _process.Log;

    public static string ProgramIn(string programs) => Path.Combine(programs, "server", "canary-server");

    public static async Task<PackagedServer> StartAsync(string programs, string data, params string[] arguments)
    {
        var server = new PackagedServer(programs, data, arguments);
        try
        {
            await server._process.AnswersAsync(() =>
                Task.FromResult(File.ReadAllText(Path.Combine(data, "server.json")))
            );
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the command line on it.</summary>
    public Task<ToolResult> CanaryAsync(params string[] arguments) =>
        ProcessRunner.RunAsync(
            Path.Combine(_programs, "cli", "canary"),
            arguments,
            environment: new Dictionary<string, string?>
            {
                ["CANARY_DATA"] = _data,
                ["CANARY_SERVER"] = null,
                ["CANARY_TOKEN"] = null,
            }
        );

    /// <summary>Runs another command of the server's program on its data.</summary>
    public Task<ToolResult> ServerAsync(params string[] arguments) =>
        ProcessRunner.RunAsync(ProgramIn(_programs), ["--data", _data, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        await _process.KillAsync();
        _process.Dispose();
    }
}
