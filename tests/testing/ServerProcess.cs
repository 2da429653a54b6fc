using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Canary.Testing;

/// <summary>A server that runs for a test as a child of it: its output is kept, and its whole process family ends with it.
/// </summary>
public sealed class ServerProcess : IDisposable
{
    /// <summary>A broker that was killed takes its time to find its queues again, on a busy machine.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(4);

    private readonly StringBuilder _log = new();
    private readonly Process _process;

    private ServerProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>What it has printed.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public static ServerProcess Start(
        string file,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(start);
    }

    /// <summary>Awaits that it answers.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; has its log.</exception>
    public Task AnswersAsync(Func<Task> ask) =>
        Eventually.TrueAsync(
            async () =>
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException(
                        $"{_process.StartInfo.FileName} ended with {_process.ExitCode}:\n{Log}"
                    );
                }

                try
                {
                    await ask();
                    return true;
                }
                catch (Exception)
                {
                    return false;
                }
            },
            LongestStart,
            what: $"{_process.StartInfo.FileName} answers"
        );

    /// <summary>Sends it a signal by name, for example <c>STOP</c>.</summary>
    public async Task SignalAsync(string signal) =>
        (
            await ProcessRunner.RunAsync("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)])
        ).EnsureSuccess();

    /// <summary>Ends it and its descendants at once, as a power cut does.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>Awaits its end.</summary>
    public Task WaitForExitAsync() => _process.WaitForExitAsync();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Append(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
