using System.Buffers.Binary;

namespace Canary.Testing.Installations;

/// <summary>The clock of one process, which can be set while it runs. Its timers count evenly all the same, and the programs that it
/// starts have the time of the machine.</summary>
/// <remarks>By a library that is preloaded, <c>moved-clock.c</c>. libfaketime does the same, and triples what the start of a .NET
/// program costs.</remarks>
public sealed class MovableClock
{
    private readonly string _file;

    private MovableClock(string file, string library, string program)
    {
        _file = file;
        Set(TimeSpan.Zero);
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library,
            ["MOVED_CLOCK"] = file,
            ["MOVED_CLOCK_OF"] = program,
        };
    }

    /// <summary>Variables that the process needs.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Makes what clocks are made with.</summary>
    /// <param name="directory">Directory for it, and for the files that say how clocks are set.</param>
    /// <returns>Makes a clock: of a process by its name, which runs a program.</returns>
    public static async Task<Func<string, string, MovableClock>> PrepareAsync(string directory)
    {
        var library = Path.Combine(directory, "moved-clock.so");
        var source = SourceTree.PathOf("tests", "testing", "Installations", "moved-clock.c");
        (await ProcessRunner.RunAsync("tcc", ["-shared", "-nostdlib", "-o", library, source])).EnsureSuccess();
        return (process, program) => new MovableClock(Path.Combine(directory, process), library, program);
    }

    /// <summary>Sets it.</summary>
    /// <param name="ahead">How far it is ahead of the machine's, in whole seconds.</param>
    public void Set(TimeSpan ahead)
    {
        var seconds = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(seconds, (long)ahead.TotalSeconds);
        // Written in place: the process has mapped the file.
        using var file = new FileStream(_file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(seconds);
    }
}
