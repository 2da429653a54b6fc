using System.Diagnostics;
using System.Globalization;

namespace Canary.Testing.Installations;

/// <summary>One process of a service. It can be killed, frozen, and started again; what it prints is kept in a file.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly ProcessStartInfo _start;
    private readonly Uri _readiness;
    private readonly Lock _gate = new();
    private readonly string _logFile;
    private Process? _process;

    /// <param name="name">Name that it is known by, for example <c>packager-2</c>.</param>
    /// <param name="service">The service, for example <c>packager</c>.</param>
    /// <param name="address">Address that it listens on.</param>
    /// <param name="logFile">File that keeps what it prints.</param>
    /// <param name="program">Program and arguments.</param>
    /// <param name="environment">Variables that it gets besides those of this process.</param>
    /// <param name="clock">A clock of its own; <c>null</c>: it has the machine's.</param>
    public ServiceProcess(
        string name,
        string service,
        Uri address,
        string logFile,
        IReadOnlyList<string> program,
        IReadOnlyDictionary<string, string> environment,
        MovableClock? clock = null
    )
    {
        Name = name;
        Service = service;
        Address = address;
        _logFile = logFile;
        _readiness = new Uri(address, "health/ready");
        _start = new ProcessStartInfo(program[0], program.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Clock = clock;
        foreach (var (variable, value) in environment.Concat(clock?.Environment ?? new Dictionary<string, string>()))
        {
            _start.Environment[variable] = value;
        }
    }

    /// <summary>Name that it is known by.</summary>
    public string Name { get; }

    /// <summary>The service that it is a replica of.</summary>
    public string Service { get; }

    /// <summary>Address that it listens on.</summary>
    public Uri Address { get; }

    /// <summary>Its own clock; <c>null</c>: it has the machine's.</summary>
    public MovableClock? Clock { get; }

    /// <summary>Process id, while it runs.</summary>
    public int? ProcessId => _process?.Id;

    /// <summary>All that it has printed.</summary>
    public string Log
    {
        get
        {
            lock (_gate)
            {
                return File.Exists(_logFile) ? File.ReadAllText(_logFile) : "";
            }
        }
    }

    public void Start()
    {
        _process = Process.Start(_start)!;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Awaits that it says that it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; has its log.</exception>
    /// <exception cref="TimeoutException">It did not become ready; has its last answer and its log.</exception>
    public async Task ReadyAsync(TimeSpan? deadline = null)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        var last = "";
        try
        {
            await Eventually.TrueAsync(IsReadyAsync, deadline, what: $"{Name} is ready");
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"{timeout.Message}\nLast it answered: {last}\n{Log}", timeout);
        }

        async Task<bool> IsReadyAsync()
        {
            if (_process is not { HasExited: false })
            {
                throw new InvalidOperationException($"{Name} ended with {_process?.ExitCode}:\n{Log}");
            }

            try
            {
                using var answer = await http.GetAsync(_readiness);
                last = await answer.Content.ReadAsStringAsync();
                return answer.IsSuccessStatusCode;
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                last = exception.Message;
                return false;
            }
        }
    }

    /// <summary>Ends it as a crash does: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _process = null;
    }

    /// <summary>Asks it to end, and awaits that.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process!.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Stops its time, or lets it go on.</summary>
    public Task FreezeAsync(bool frozen = true) => SignalAsync(frozen ? "STOP" : "CONT");

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task SignalAsync(string signal) =>
        (
            await ProcessRunner.RunAsync("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)])
        ).EnsureSuccess();

    private void Append(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            File.AppendAllLines(_logFile, [line]);
        }
    }
}
