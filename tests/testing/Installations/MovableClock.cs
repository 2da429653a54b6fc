using System.Globalization;

namespace Canary.Testing.Installations;

/// <summary>The clock of one process, which can be set while it runs. Its timers count evenly all the same, and the programs that it
/// starts have the time of the machine.</summary>
/// <remarks>By libfaketime (package <c>libfaketime</c>), whose manual describes the variables.</remarks>
public sealed class MovableClock
{
    private const string Library = "libfaketimeMT.so.1";

    private readonly string _file;

    /// <param name="file">File that says how the clock is set.</param>
    /// <param name="program">Name of the program whose clock it is.</param>
    public MovableClock(string file, string program)
    {
        _file = file;
        Set(TimeSpan.Zero);
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = FindLibrary(),
            ["FAKETIME_TIMESTAMP_FILE"] = file,
            // To read it at each look at the clock would cost more than all else that a service does.
            ["FAKETIME_CACHE_DURATION"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["FAKETIME_ONLY_CMDS"] = program,
        };
    }

    /// <summary>Variables that the process needs.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Sets it, within a second.</summary>
    /// <param name="ahead">How far it is ahead of the machine's.</param>
    public void Set(TimeSpan ahead)
    {
        // It is read at any moment.
        var next = _file + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{ahead.TotalSeconds:+0;-0;+0}\n"));
        File.Move(next, _file, overwrite: true);
    }

    /// <summary>Removes what the library leaves of a process that was killed.</summary>
    public static void ForgetProcess(int process)
    {
        foreach (var kind in (string[])["faketime_shm_", "sem.faketime_sem_"])
        {
            File.Delete(string.Create(CultureInfo.InvariantCulture, $"/dev/shm/{kind}{process}"));
        }
    }

    private static string FindLibrary() =>
        Directory
            .EnumerateDirectories("/usr/lib", "*-linux-gnu")
            .Select(directory => Path.Combine(directory, "faketime", Library))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{Library} is missing: install libfaketime.");
}
