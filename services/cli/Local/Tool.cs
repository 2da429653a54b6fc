using System.ComponentModel;
using System.Diagnostics;

namespace Canary.Cli.Local;

/// <summary>What a program printed, and how it ended.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs a program of this machine to its end.</summary>
internal static class Tool
{
    /// <summary>Where Debian keeps programs for administrators; an ordinary user's PATH lacks it.</summary>
    private static readonly string[] AdministratorDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    /// <returns><c>null</c> if there is no such program.</returns>
    public static async Task<ToolResult?> TryRunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellation,
        string? directory = null,
        IReadOnlyDictionary<string, string?>? environment = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Full path of a program, also of those that only administrators have in their PATH.</summary>
    public static string? Find(string program, string? path) =>
        (path ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(AdministratorDirectories)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);
}
