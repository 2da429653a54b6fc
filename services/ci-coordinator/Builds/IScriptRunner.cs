using Canary.Failures;
using Canary.Processes;

namespace Canary.CiCoordinator.Builds;

/// <summary>A place that holds the files of one commit, and runs its scripts there.</summary>
internal interface IScriptRunner
{
    /// <summary>Runs a script to its end, which a limit or a cancellation may bring about; nothing of it goes on.</summary>
    /// <exception cref="CanaryException">The place is not there any more.</exception>
    Task<ProcessResult> RunAsync(ScriptRun run, CancellationToken cancellation);
}

/// <summary>One run of a script.</summary>
internal sealed record ScriptRun
{
    public required ConventionScript Script { get; init; }

    /// <summary>What it finds in its environment besides what the place itself puts there.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What it may do, and gets.</summary>
    public required BuildTerms Terms { get; init; }

    public required TimeSpan TimeLimit { get; init; }

    /// <summary>Most bytes of output.</summary>
    public required long OutputLimit { get; init; }

    /// <summary>Gets the output, both streams in one, as it comes.</summary>
    public required Func<ReadOnlyMemory<byte>, ValueTask> Output { get; init; }
}
