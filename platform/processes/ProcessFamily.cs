using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Canary.Processes;

/// <summary>
/// A supervised process and everything that descends from it. Members are found anew at every look: by session and process
/// group, by ancestry, and by a variable in the environment that children inherit, which finds those that left the
/// session on purpose (daemons).
/// </summary>
/// <remarks>
/// A descendant escapes only if it does all of: leave the session, outlive its parents, and wipe its environment. Holding that
/// one needs a PID namespace, which an ordinary user cannot always make.
/// </remarks>
internal sealed partial class ProcessFamily
{
    /// <summary>The marker's name ends in a unique id, so that a host that runs inside another host's build passes the outer
    /// marker on beside its own.</summary>
    internal const string MarkerPrefix = "CANARY_PROCESS_";

    internal const int Terminate = 15;
    internal const int Kill = 9;

    /// <summary>The parent of all threads of the kernel.</summary>
    private const int KernelThreads = 2;

    private readonly int _leader;
    private readonly long _since;
    private readonly byte[] _marker;

    internal ProcessFamily(int leader, string markerName)
    {
        _leader = leader;
        // Nothing older can descend from it, which spares the look at most of the machine's environments.
        _since = ReadEntry(leader)?.StartTime ?? 0;
        _marker = Encoding.UTF8.GetBytes(markerName + "=");
    }

    internal static string NewMarkerName() => MarkerPrefix + Guid.NewGuid().ToString("N");

    /// <summary>Sends a signal to every member.</summary>
    /// <returns>Whether another look may find one.</returns>
    internal bool Signal(int signal)
    {
        var members = Find(ReadAll(), out var isUncertain);
        foreach (var pid in members)
        {
            _ = SendSignal(pid, signal);
        }
        return isUncertain || members.Count > 0;
    }

    /// <summary>Kills members until a look finds none; gives up after a bounded time (a process in uninterruptible sleep).</summary>
    internal async Task KillAllAsync()
    {
        for (var round = 0; round < 50 && Signal(Kill); round++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(5 * (round + 1), 100)), TimeProvider.System);
        }
    }

    /// <summary>Waits until no member is left or the time is over.</summary>
    internal async Task WaitUntilGoneAsync(TimeSpan atMost)
    {
        var started = TimeProvider.System.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(5);
        while (TimeProvider.System.GetElapsedTime(started) < atMost && Find(ReadAll(), out _).Count > 0)
        {
            await Task.Delay(pause, TimeProvider.System);
            pause = TimeSpan.FromMilliseconds(Math.Min(pause.TotalMilliseconds * 2, 200));
        }
    }

    /// <summary>Kills every process that was started for the directory or one below it; returns how many.</summary>
    internal static int KillOwnedBy(string directory)
    {
        // A process takes a moment to die, and may be met again while it does.
        var killed = new HashSet<(int, long)>();
        for (var round = 0; round < 50; round++)
        {
            var isUncertain = false;
            var owned = ReadAll()
                .Where(process => IsOwnedBy(EnvironmentOf(process, ref isUncertain), directory))
                .ToList();
            if (owned.Count == 0 && !isUncertain)
            {
                break;
            }
            foreach (var process in owned.Where(process => SendSignal(process.Pid, Kill) == 0))
            {
                killed.Add((process.Pid, process.StartTime));
            }
        }
        return killed.Count;
    }

    private HashSet<int> Find(List<Entry> processes, out bool isUncertain)
    {
        processes.RemoveAll(process => process.StartTime < _since);
        var found = new HashSet<int>();
        isUncertain = false;
        foreach (var process in processes)
        {
            if (
                process.Pid == _leader
                || process.Session == _leader
                || process.Group == _leader
                || EnvironmentOf(process, ref isUncertain).AsSpan().IndexOf(_marker) >= 0
            )
            {
                found.Add(process.Pid);
            }
        }
        bool grew;
        do
        {
            grew = false;
            foreach (var process in processes)
            {
                grew |= found.Contains(process.Parent) && found.Add(process.Pid);
            }
        } while (grew);
        return found;
    }

    private static bool IsOwnedBy(byte[] environment, string directory)
    {
        foreach (var range in environment.AsSpan().Split((byte)0))
        {
            var variable = environment.AsSpan()[range];
            if (!variable.StartsWith("CANARY_PROCESS_"u8))
            {
                continue;
            }
            var owner = Encoding.UTF8.GetString(variable[(variable.IndexOf((byte)'=') + 1)..]);
            if (owner == directory || owner.StartsWith(directory + "/", StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>All processes but this one and those that only wait to be reaped.</summary>
    private static List<Entry> ReadAll()
    {
        var entries = new List<Entry>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(Path.GetFileName(directory.AsSpan()), CultureInfo.InvariantCulture, out var pid)
                && pid != System.Environment.ProcessId
                && ReadEntry(pid) is { IsDead: false } entry
            )
            {
                entries.Add(entry);
            }
        }
        return entries;
    }

    /// <summary>Reads <c>/proc/PID/stat</c> (proc(5)).</summary>
    private static Entry? ReadEntry(int pid)
    {
        Span<byte> buffer = stackalloc byte[1024];
        try
        {
            using var file = File.OpenHandle(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            buffer = buffer[..RandomAccess.Read(file, buffer, 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
        var fields = buffer[(buffer.LastIndexOf((byte)')') + 1)..].Trim((byte)' ');
        Span<Range> ranges = stackalloc Range[21];
        var count = 0;
        foreach (var range in ((ReadOnlySpan<byte>)fields).Split((byte)' '))
        {
            if (count == ranges.Length)
            {
                break;
            }
            ranges[count++] = range;
        }
        return count < 20
            ? null
            : new Entry(
                pid,
                (int)Number(fields[ranges[1]]),
                (int)Number(fields[ranges[2]]),
                (int)Number(fields[ranges[3]]),
                Number(fields[ranges[19]]),
                fields[ranges[0]][0] is (byte)'Z' or (byte)'X'
            );

        static long Number(ReadOnlySpan<byte> field) => long.Parse(field, CultureInfo.InvariantCulture);
    }

    /// <summary>What a process can be known by. One that is just becoming another program (execve(2)) has neither arguments nor an
    /// environment for that moment, and the look is uncertain; threads of the kernel never have.</summary>
    private static byte[] EnvironmentOf(Entry process, ref bool isUncertain)
    {
        var environment = ReadProc(process.Pid, "environ");
        if (environment.Length > 0 || process.Parent == KernelThreads)
        {
            return environment;
        }
        var hasArguments = ReadProc(process.Pid, "cmdline").Length > 0;
        environment = ReadProc(process.Pid, "environ");
        isUncertain |= environment.Length == 0 && !hasArguments && ReadEntry(process.Pid) is { IsDead: false };
        return environment;
    }

    /// <summary>Empty for a process that has ended meanwhile or belongs to someone else.</summary>
    private static byte[] ReadProc(int pid, string file)
    {
        try
        {
            return File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"));
        }
        catch (IOException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);

    private readonly record struct Entry(int Pid, int Parent, int Group, int Session, long StartTime, bool IsDead);
}
