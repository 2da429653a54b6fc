using System.Runtime.InteropServices;

namespace Canary.Cli.Server;

/// <summary>Asking a process to end, which .NET itself cannot: it only kills.</summary>
internal static partial class Signals
{
    private const int Terminate = 15;
    private const int KillNow = 9;

    public static bool TryTerminate(int pid) => Kill(pid, Terminate) == 0;

    /// <summary>Whether the process is there; also if it belongs to someone else.</summary>
    public static bool IsAlive(int pid) => Directory.Exists($"/proc/{pid}") && !IsZombie(pid);

    public static bool TryKill(int pid) => Kill(pid, KillNow) == 0;

    private static bool IsZombie(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart()[0] is 'Z' or 'X';
        }
        catch (IOException)
        {
            return true;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);
}
