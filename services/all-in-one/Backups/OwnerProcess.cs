using System.Diagnostics;
using System.Globalization;

namespace Canary.AllInOne.Backups;

/// <summary>This program once more, with the rights of whom a data directory belongs to. Root would follow whatever they have put there.
/// </summary>
/// <param name="user">Number of the user.</param>
/// <param name="group">Number of the group.</param>
internal sealed class OwnerProcess(uint user, uint group)
{
    private const string Pipe = "-";

    /// <summary>What runs with the rights of somebody else; <c>null</c>: this process has the right ones, or no choice.</summary>
    public static async Task<OwnerProcess?> OfAsync(string data, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess || !Directory.Exists(data))
        {
            return null;
        }

        using var stat = Process.Start(
            new ProcessStartInfo("stat", ["--format=%u %g", "--", data]) { RedirectStandardOutput = true }
        )!;
        var said = await stat.StandardOutput.ReadToEndAsync(cancellation);
        await stat.WaitForExitAsync(cancellation);
        uint[] owner = [.. said.Split(' ').Select(number => uint.Parse(number, CultureInfo.InvariantCulture))];
        return owner[0] == 0 ? null : new OwnerProcess(owner[0], owner[1]);
    }

    /// <summary>Has it write a backup.</summary>
    /// <returns>Its exit code; it has said itself what went wrong.</returns>
    public async Task<int> BackUpAsync(IReadOnlyList<string> options, Stream output, CancellationToken cancellation)
    {
        using var process = Start([.. options, "backup", Pipe], start => start.RedirectStandardOutput = true);
        await process.StandardOutput.BaseStream.CopyToAsync(output, cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode;
    }

    /// <summary>Has it restore one.</summary>
    /// <returns>Its exit code; it has said itself what went wrong.</returns>
    public async Task<int> RestoreAsync(IReadOnlyList<string> options, Stream backup, CancellationToken cancellation)
    {
        using var process = Start([.. options, "restore", Pipe], start => start.RedirectStandardInput = true);
        try
        {
            await backup.CopyToAsync(process.StandardInput.BaseStream, cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has seen enough.
        }

        await process.WaitForExitAsync(cancellation);
        return process.ExitCode;
    }

    private Process Start(IReadOnlyList<string> arguments, Action<ProcessStartInfo> configure)
    {
        var start = new ProcessStartInfo(
            "setpriv",
            [
                string.Create(CultureInfo.InvariantCulture, $"--reuid={user}"),
                string.Create(CultureInfo.InvariantCulture, $"--regid={group}"),
                "--init-groups",
                "--no-new-privs",
                "--",
                .. Program(),
                .. arguments,
            ]
        );
        // Root's directory for temporary files may be closed to everybody else, as libpam-tmpdir makes it.
        start.Environment.Remove("TMPDIR");
        configure(start);
        return Process.Start(start)!;
    }

    /// <summary>How this program was started: by itself, or by <c>dotnet</c>.</summary>
    private static string[] Program() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
            ? [Environment.ProcessPath!, Environment.GetCommandLineArgs()[0]]
            : [Environment.ProcessPath!];
}
