namespace Canary.Processes;

/// <summary>A program to run under supervision: see <see cref="SupervisedProcess"/>.</summary>
public sealed record ProcessSpec
{
    /// <summary>Program: an absolute path, a path relative to <see cref="WorkingDirectory"/>, or a bare name that is looked
    /// up in the <c>PATH</c> of <see cref="Environment"/>.</summary>
    public required string FileName { get; init; }

    /// <summary>Arguments, each passed as it is; no shell sees them.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Directory that the program starts in.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>
    /// Absolute path of the data directory that the process works for. It marks the process and all of its descendants, so
    /// that <see cref="SupervisedProcess.Sweep"/> finds what a killed host left behind.
    /// </summary>
    public required string Owner { get; init; }

    /// <summary>The complete environment: nothing is inherited. Default: empty.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What the program reads from its standard input, which ends there. Default: nothing.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Longest run time; over it, the process and its descendants are stopped. Default: 10 minutes.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Most bytes of output (standard output and error together); over it, the process and its descendants are
    /// stopped. Default: 64 MiB.</summary>
    public long OutputLimit { get; init; } = 64L << 20;

    /// <summary>How many of the last bytes of output the result keeps. Default: 8 KiB.</summary>
    public int TailLength { get; init; } = 8 << 10;

    /// <summary>Time between the request to end (SIGTERM) and the order (SIGKILL). Default: 5 seconds.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What becomes of descendants that are still there after the program itself has exited. Default: they are killed. Leave
    /// them where starting one is the purpose, for example a package that starts its daemon.
    /// </summary>
    public Leftovers Leftovers { get; init; } = Leftovers.Kill;

    /// <summary>
    /// Receives the output while it appears, standard output and error merged in the order in which they were written. A
    /// slow receiver slows the process down; one that throws stops the process, and the exception comes out of
    /// <see cref="SupervisedProcess.RunAsync"/>. The memory is valid during the call only.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, ValueTask>? Output { get; init; }

    /// <summary>
    /// Keeps standard output whole, apart from standard error, in <see cref="ProcessResult.StandardOutput"/>; the tail then
    /// holds standard error only. Default: <c>false</c>.
    /// </summary>
    public bool CaptureStandardOutput { get; init; }
}

/// <summary>What becomes of the descendants of a program that has exited.</summary>
public enum Leftovers
{
    /// <summary>They are killed.</summary>
    Kill,

    /// <summary>They go on.</summary>
    Leave,
}
