using Canary.Failures;

namespace Canary.Packager.Builders.Fpm;

/// <summary>Where FPM runs.</summary>
internal interface IFpmRunner
{
    /// <summary>Runs it in a copy of the directory, or in the directory itself, and fetches the package that it makes.</summary>
    /// <param name="job">What is run. Its directory may be gone afterwards.</param>
    /// <param name="judge">Looks at what came of a run, with its package in its place. It throws where that is none that can be taken: where the
    /// machine is to blame, another one may be tried.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">It cannot be run, which is nothing that the commit can do anything about; or what <paramref name="judge"/>
    /// threw.</exception>
    Task RunAsync(FpmJob job, Func<FpmRun, Task> judge, CancellationToken cancellation);

    /// <summary>Finds out whether it can be run, and says for people where.</summary>
    /// <exception cref="CanaryException">It cannot.</exception>
    Task<string> CheckAsync(CancellationToken cancellation);
}

/// <summary>One run of FPM.</summary>
internal sealed record FpmJob
{
    /// <summary>Directory with what FPM reads; it is the working directory of the program.</summary>
    public required string Directory { get; init; }

    /// <summary>What FPM is told, argument by argument. Paths are relative to the directory.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Path of the package that comes back, on this machine and outside of the directory.</summary>
    public required string Package { get; init; }

    /// <summary>Time of the files of the package.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Most bytes that the package may have.</summary>
    public required long LargestPackage { get; init; }

    /// <summary>What the variable <c>SOURCE_DATE_EPOCH</c> says.</summary>
    public string Epoch => Time.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What came of a run.</summary>
/// <param name="Place">Where it was, for people: <c>this machine</c>, or the name of a build host.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Output">The end of what FPM printed.</param>
internal sealed record FpmRun(string Place, FpmEnding Ending, string Output);

/// <summary>How a run ended.</summary>
internal enum FpmEnding
{
    /// <summary>There is a package.</summary>
    Built,

    /// <summary>FPM made none.</summary>
    Failed,

    /// <summary>It took too long.</summary>
    TimedOut,
}
