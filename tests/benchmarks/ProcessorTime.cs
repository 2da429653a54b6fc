using System.Globalization;

namespace Canary.Benchmarks;

/// <summary>What this process and the programs that it has run have had of the processors: on a machine that others use as well, it says more
/// than the time that passed.</summary>
internal static class ProcessorTime
{
    private const double TicksInSecond = 100;

    /// <summary>Of this process since its start, and of all programs that it has waited for.</summary>
    public static TimeSpan Used => Environment.CpuUsage.TotalTime + OfPrograms();

    /// <summary>Fields 16 and 17 of /proc/self/stat, see proc(5); the name in field 2 ends with the last parenthesis.</summary>
    private static TimeSpan OfPrograms()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((Ticks(fields[13]) + Ticks(fields[14])) / TicksInSecond);
    }

    private static long Ticks(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
