namespace Canary.Processes;

/// <summary>How a supervised process ended.</summary>
public sealed record ProcessResult
{
    /// <summary>Why it ended.</summary>
    public required ProcessEnding Ending { get; init; }

    /// <summary>Exit code; 128 + N when signal N ended it.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Time from start to end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The last output, decoded as UTF-8 with replacement of what is not.</summary>
    public required string OutputTail { get; init; }

    /// <summary>Standard output, whole; empty unless <see cref="ProcessSpec.CaptureStandardOutput"/> is set.</summary>
    public ReadOnlyMemory<byte> StandardOutput { get; init; }

    /// <summary>Whether it ended by itself with exit code 0.</summary>
    public bool Succeeded => Ending == ProcessEnding.Exited && ExitCode == 0;
}

/// <summary>Why a supervised process ended.</summary>
public enum ProcessEnding
{
    /// <summary>By itself.</summary>
    Exited,

    /// <summary>It ran longer than its time limit and was stopped.</summary>
    TimedOut,

    /// <summary>It wrote more than its output limit and was stopped.</summary>
    OutputLimit,

    /// <summary>It took more memory than its sandbox has, and was stopped.</summary>
    MemoryLimit,

    /// <summary>It wrote more than its sandbox may hold, and was stopped.</summary>
    DiskLimit,

    /// <summary>The caller cancelled it and it was stopped.</summary>
    Cancelled,
}
