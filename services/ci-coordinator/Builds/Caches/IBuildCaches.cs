using System.Globalization;
using Canary.Failures;

namespace Canary.CiCoordinator.Builds.Caches;

/// <summary>Keeps caches where a build runs. Each build works on a copy of its own: it sees nothing of the builds beside it, and what one
/// leaves that fails, or may not keep anything, is gone with it.</summary>
internal interface IBuildCaches
{
    /// <summary>Copies what is kept to the directory that the scripts of the build find by <c>CANARY_CACHE</c>.</summary>
    /// <exception cref="CanaryException">The place of the build is not there any more.</exception>
    Task<CacheOutcome> RestoreAsync(BuildCache cache, CancellationToken cancellation);

    /// <summary>Keeps what the scripts of the build left in that directory, in the place of what was kept.</summary>
    /// <exception cref="CanaryException">The place of the build is not there any more.</exception>
    Task<CacheOutcome> KeepAsync(BuildCache cache, CancellationToken cancellation);
}

/// <summary>What became of a cache.</summary>
/// <param name="Bytes">What it takes; 0: it is empty.</param>
/// <param name="Problem">Why nothing is kept any more; <c>null</c>: nothing is wrong.</param>
internal sealed record CacheOutcome(long Bytes, string? Problem)
{
    private const string ProblemWord = "problem ";

    public static CacheOutcome Failed(string problem) => new(0, problem);

    /// <summary>Reads what <c>canary-cache</c> says.</summary>
    public static CacheOutcome Read(string said)
    {
        var line = said.Trim().Split('\n')[^1];
        return long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                ? new CacheOutcome(bytes, null)
            : line.StartsWith(ProblemWord, StringComparison.Ordinal) ? Failed(line[ProblemWord.Length..])
            : Failed(line.Length == 0 ? "canary-cache does not say why" : line);
    }
}
