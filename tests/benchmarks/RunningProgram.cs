using System.Diagnostics;
using System.Net;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>A program that serves HTTP, as a process of its own with its output in a file.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;

    private RunningProgram(Process process, HttpClient http, TimeSpan startUp)
    {
        _process = process;
        Http = http;
        StartUp = startUp;
    }

    public HttpClient Http { get; }

    /// <summary>From the start of the process to the first good answer of its readiness check.</summary>
    public TimeSpan StartUp { get; }

    public ProcessMemory Memory => new(_process.Id);

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>A program of <c>./build.sh dist</c>.</summary>
    public static string Published(string name) => SourceTree.PathOf("artifacts", "dist", name);

    /// <param name="program">Path of the program.</param>
    /// <param name="arguments">Its arguments, given the address that it is to listen on.</param>
    /// <param name="log">File for its output.</param>
    /// <param name="environment">Variables for it.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public static async Task<RunningProgram> StartAsync(
        string program,
        Func<string, IEnumerable<string>> arguments,
        string log,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        // Asks again and again without a pause, which would be part of the figure; a known port saves waiting for a file.
        var address = $"http://127.0.0.1:{FreePort.Next()}";
        var start = new ProcessStartInfo(
            "/bin/sh",
            ["-c", "exec \"$@\" >\"$0\" 2>&1", log, program, .. arguments(address)]
        );
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var http = new HttpClient { BaseAddress = new Uri(address) };
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        while (!await IsReadyAsync(http, cancellationToken))
        {
            if (process.HasExited || clock.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new InvalidOperationException(
                    $"{Path.GetFileName(program)} did not start:\n{await File.ReadAllTextAsync(log, cancellationToken)}"
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken);
        }

        return new RunningProgram(process, http, clock.Elapsed);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await ProcessRunner.RunAsync("kill", ["-TERM", $"{_process.Id}"]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
