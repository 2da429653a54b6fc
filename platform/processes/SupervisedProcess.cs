using System.Collections;
using System.Diagnostics;
using System.IO.Pipes;
using Canary.Failures;

namespace Canary.Processes;

/// <summary>
/// Runs a program so that nothing of it can get out of hand: in a session of its own, with a given environment and nothing
/// inherited, limits on time and output, and no descendant left over, not even one that made itself a
/// daemon. Linux only: needs <c>setsid</c> (util-linux) and <c>/proc</c>.
/// </summary>
public static class SupervisedProcess
{
    /// <summary>Merges standard error into standard output in the order of writing, which two pipes cannot; the program and
    /// its arguments are positional parameters and never interpreted.</summary>
    private const string MergeOutput = "exec \"$@\" 2>&1";

    private static readonly TimeSpan LongestDying = TimeSpan.FromSeconds(10);

    /// <summary>Runs the program to its end, which a limit or a cancellation may bring about; that is told by
    /// <see cref="ProcessResult.Ending"/>, not by an exception.</summary>
    /// <exception cref="CanaryException"><c>program-missing</c>: there is no such program.</exception>
    public static async Task<ProcessResult> RunAsync(ProcessSpec spec, CancellationToken cancellation = default)
    {
        var markerName = ProcessFamily.NewMarkerName();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var ended = new CancellationTokenSource();
        var collector = new OutputCollector(spec, stop.Cancel);
        using var process = new Process { StartInfo = Describe(spec, markerName) };

        var started = TimeProvider.System.GetTimestamp();
        process.Start();
        stop.CancelAfter(spec.TimeLimit);
        var family = new ProcessFamily(process.Id, markerName);
        Action stopNow = stop.Cancel;
        var reading = Task.WhenAll(
            ReadAsync(
                (PipeStream)process.StandardOutput.BaseStream,
                spec.CaptureStandardOutput,
                collector,
                stopNow,
                ended.Token
            ),
            ReadAsync((PipeStream)process.StandardError.BaseStream, capture: false, collector, stopNow, ended.Token)
        );

        var ending = ProcessEnding.Exited;
        try
        {
            await WriteAsync(process.StandardInput.BaseStream, spec.Input, stop.Token);
            await process.WaitForExitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            ending =
                cancellation.IsCancellationRequested ? ProcessEnding.Cancelled
                : collector.LimitPassed ? ProcessEnding.OutputLimit
                : ProcessEnding.TimedOut;
            await StopAsync(process, family, spec.Grace);
        }
        var duration = TimeProvider.System.GetElapsedTime(started);
        if (spec.Leftovers == Leftovers.Kill)
        {
            await family.KillAllAsync();
        }
        await ended.CancelAsync();
        await reading;
        if (ending == ProcessEnding.Exited && collector.LimitPassed)
        {
            ending = ProcessEnding.OutputLimit;
        }
        return new ProcessResult
        {
            Ending = ending,
            ExitCode = process.HasExited ? process.ExitCode : 128 + ProcessFamily.Kill,
            Duration = duration,
            OutputTail = collector.Tail,
            StandardOutput = collector.Captured,
        };
    }

    /// <summary>Kills every process that was started for the directory, or for one below it, by a host that is gone. Call it
    /// at start, before any process is started. Returns how many were killed.</summary>
    public static int Sweep(string owner) => ProcessFamily.KillOwnedBy(Path.TrimEndingDirectorySeparator(owner));

    private static async Task WriteAsync(Stream pipe, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        await using (pipe)
        {
            try
            {
                await pipe.WriteAsync(input, cancellation);
            }
            catch (IOException)
            {
                // It does not read: it has ended, or has no use for it.
            }
        }
    }

    private static async Task ReadAsync(
        PipeStream pipe,
        bool capture,
        OutputCollector collector,
        Action stop,
        CancellationToken ended
    )
    {
        try
        {
            await collector.ReadAsync(pipe, capture, ended);
        }
        catch
        {
            stop();
            throw;
        }
    }

    private static async Task StopAsync(Process process, ProcessFamily family, TimeSpan grace)
    {
        family.Signal(ProcessFamily.Terminate);
        await family.WaitUntilGoneAsync(grace);
        await family.KillAllAsync();
        using var dying = new CancellationTokenSource(LongestDying);
        try
        {
            await process.WaitForExitAsync(dying.Token);
        }
        catch (OperationCanceledException)
        {
            // Uninterruptible sleep, for example on a dead network file system: the kernel ends it when it wakes.
        }
    }

    private static ProcessStartInfo Describe(ProcessSpec spec, string markerName)
    {
        var program = Locate(spec);
        string[] prefix = spec.CaptureStandardOutput ? [] : ["/bin/sh", "-c", MergeOutput, "sh"];
        var start = new ProcessStartInfo("/usr/bin/setsid", [.. prefix, program, .. spec.Arguments])
        {
            WorkingDirectory = spec.WorkingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (
                variable is { Key: string name, Value: string owner }
                && name.StartsWith(ProcessFamily.MarkerPrefix, StringComparison.Ordinal)
            )
            {
                start.Environment[name] = owner;
            }
        }
        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }
        start.Environment[markerName] = Path.TrimEndingDirectorySeparator(Path.GetFullPath(spec.Owner));
        return start;
    }

    private static string Locate(ProcessSpec spec)
    {
        if (spec.FileName.Contains('/', StringComparison.Ordinal))
        {
            var path = Path.GetFullPath(spec.FileName, spec.WorkingDirectory);
            return File.Exists(path) ? path : throw Missing(spec.FileName, spec.WorkingDirectory);
        }
        var directories = spec.Environment.GetValueOrDefault("PATH", "/usr/bin:/bin");
        return directories
                .Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(directory => Path.Combine(directory, spec.FileName))
                .FirstOrDefault(File.Exists)
            ?? throw Missing(spec.FileName, directories);
    }

    private static CanaryException Missing(string program, string place) =>
        new(
            ProcessesCodes.ProgramMissing,
            $"There is no program '{program}' in {place}.",
            $"Install '{program}' on this machine, or correct the setting that names it."
        );
}
