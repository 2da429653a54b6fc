using System.Globalization;

namespace Canary.Benchmarks;

/// <summary>Memory of a process.</summary>
internal readonly record struct ProcessMemory(int Process)
{
    /// <summary>What is resident now, in MB: all of it, with the pages of programs and libraries that are mapped from files
    /// and shared with every other process that maps them.</summary>
    public double Resident => Megabytes("VmRSS");

    /// <summary>Its share of what is resident, in MB: a page that several processes map counts in part for each of them
    /// (proc_pid_smaps(5), Pss). The shares of all processes add up to what they take together.</summary>
    public double Share => Megabytes("Pss", "smaps_rollup");

    /// <summary>What is resident now and nobody else's, in MB.</summary>
    public double Private => Megabytes("RssAnon") + Megabytes("RssShmem");

    /// <summary>Waits until it has not changed by more than 1 % for 25 seconds, at most for 90: a service that comes to rest
    /// gives memory back within 20.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var (last, quiet) = (Resident, 0);
        for (var second = 0; second < 90 && quiet < 25; second++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            var now = Resident;
            quiet = Math.Abs(now - last) <= last / 100 ? quiet + 1 : 0;
            last = now;
        }
    }

    private double Megabytes(string field, string file = "status")
    {
        var line = File.ReadLines($"/proc/{Process}/{file}")
            .Single(l => l.StartsWith(field + ":", StringComparison.Ordinal));
        var kilobytes = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
        return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
    }
}
