using System.ComponentModel;
using System.Diagnostics;

namespace Canary.Testing;

/// <summary>Runs the real tools that tests check against: git, apt, dpkg, gpgv …</summary>
public static class ProcessRunner
{
    private static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromMinutes(3);

    /// <summary>Runs a program to its end and captures what it printed.</summary>
    /// <param name="file">Program: a path, or a name to look up in <c>PATH</c>.</param>
    /// <param name="arguments">Arguments, passed as they are: no shell is involved.</param>
    /// <param name="workingDirectory">Directory to run in; <c>null</c>: the current one.</param>
    /// <param name="environment">Variables to add to the environment; a <c>null</c> value removes one.</param>
    /// <param name="input">Text for its standard input, which is closed after it.</param>
    /// <param name="timeLimit">After this the program and its descendants are killed; <c>null</c>: 3 minutes.</param>
    /// <param name="cancellationToken">Kills it too.</param>
    /// <exception cref="TimeoutException">The time limit passed.</exception>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    public static async Task<ToolResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? input = null,
        TimeSpan? timeLimit = null,
        CancellationToken cancellationToken = default
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = workingDirectory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        var command = string.Join(' ', [file, .. start.ArgumentList]);
        using var process = Start(start, command);
        var limit = timeLimit ?? DefaultTimeLimit;
        using var deadline = new CancellationTokenSource(limit, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(stop.Token);
            var error = process.StandardError.ReadToEndAsync(stop.Token);
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), stop.Token);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading its input.
            }

            await process.WaitForExitAsync(stop.Token);
            return new ToolResult(command, process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"{command} did not end within {limit}.");
        }
    }

    /// <summary>As <see cref="RunAsync"/>, but an exit code other than 0 throws; returns the standard output.</summary>
    /// <exception cref="ToolFailedException">The exit code is not 0.</exception>
    public static async Task<string> OutputOfAsync(
        string file,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? input = null,
        TimeSpan? timeLimit = null,
        CancellationToken cancellationToken = default
    )
    {
        var result = await RunAsync(
            file,
            arguments,
            workingDirectory,
            environment,
            input,
            timeLimit,
            cancellationToken
        );
        return result.EnsureSuccess().Output;
    }

    private static Process Start(ProcessStartInfo start, string command)
    {
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        }
        catch (Win32Exception e) when (e.NativeErrorCode == 2)
        {
            throw new FileNotFoundException(
                $"{command}: no such program (or working directory). Name its package in tests/debian-packages.txt.",
                start.FileName,
                e
            );
        }
    }
}

/// <summary>What a program printed and how it ended.</summary>
/// <param name="Command">Program and arguments, for messages.</param>
/// <param name="ExitCode">Exit code; 128 + n after signal n.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record ToolResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Standard output and standard error, one after the other.</summary>
    public string Text => Output + Error;

    /// <summary>Throws <see cref="ToolFailedException"/> with all that it printed unless it exited with 0.</summary>
    public ToolResult EnsureSuccess() => ExitCode == 0 ? this : throw new ToolFailedException(this);
}

/// <summary>A program that had to succeed did not.</summary>
public sealed class ToolFailedException(ToolResult result)
    : Exception($"{result.Command} exited with {result.ExitCode}:\n{result.Output}{result.Error}")
{
    /// <summary>What it printed and how it ended.</summary>
    public ToolResult Result { get; } = result;
}
