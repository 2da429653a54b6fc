using System.Net.Sockets;
using System.Text;

namespace Canary.Testing;

/// <summary>A real HAProxy with a configuration of the test's own, which is killed, started again, reloaded and stopped for a
/// while.</summary>
public sealed class HaProxyProcess : IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-ha-");
    private readonly string _configuration;
    private readonly int _runtimePort;
    private ServerProcess? _process;
    private string? _worker;

    private HaProxyProcess(string configuration, int runtimePort)
    {
        _configuration = _directory.WriteFile("haproxy.cfg", configuration);
        _runtimePort = runtimePort;
    }

    /// <summary>Starts it.</summary>
    /// <param name="configuration">Its configuration, with a stats socket on a port of 127.0.0.1.</param>
    /// <param name="runtimePort">That port.</param>
    public static async Task<HaProxyProcess> StartAsync(string configuration, int runtimePort)
    {
        await InstalledPackages.RequireAsync("haproxy");
        var proxy = new HaProxyProcess(configuration, runtimePort);
        await proxy.StartAsync();
        return proxy;
    }

    /// <summary>Starts it again after it was killed.</summary>
    public async Task StartAsync()
    {
        _process = ServerProcess.Start("/usr/sbin/haproxy", ["-W", "-db", "-f", _configuration]);
        await _process.AnswersAsync(async () => await PidAsync());
    }

    /// <summary>Ends it as a power cut does.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
        {
            await _process.KillAsync();
            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>Makes it read its configuration again, which a new process does: what it was told at run time is gone.</summary>
    public async Task ReloadAsync()
    {
        var before = await PidAsync();
        await _process!.SignalAsync("USR2");
        await _process.AnswersAsync(async () =>
        {
            if (await PidAsync() == before)
            {
                throw new InvalidOperationException("The old process answers.");
            }
        });
    }

    /// <summary>Makes it do nothing, and answer nobody.</summary>
    public Task PauseAsync() => SignalWorkerAsync("STOP");

    /// <summary>Lets it go on.</summary>
    public Task ContinueAsync() => SignalWorkerAsync("CONT");

    /// <summary>Asks its runtime API.</summary>
    public async Task<string> AskAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _runtimePort);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\n"));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Dispose();
    }

    private async Task SignalWorkerAsync(string signal)
    {
        _worker = signal == "STOP" ? await PidAsync() : _worker;
        (await ProcessRunner.RunAsync("kill", [$"-{signal}", _worker!])).EnsureSuccess();
    }

    private async Task<string> PidAsync() =>
        (await AskAsync("show info"))
            .Split('\n')
            .First(line => line.StartsWith("Pid: ", StringComparison.Ordinal))
            .Split(' ')[1];
}
