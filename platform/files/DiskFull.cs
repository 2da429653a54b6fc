using Canary.Failures;

namespace Canary.Files;

/// <summary>What a person can do about a full disk, by whatever means it was noticed.</summary>
public static class DiskFull
{
    /// <summary>The code of a full disk.</summary>
    public const string Code = FilesCodes.DiskFull;

    /// <summary>The remedy.</summary>
    /// <param name="then">What to do when there is room again, in half a sentence; <c>null</c>: release the commit
    /// again.</param>
    public static string Remedy(string? then = null) =>
        $"Free space there, or move the data directory to a larger file system; then {then ?? Remedies.ReleaseAgain}.";
}
