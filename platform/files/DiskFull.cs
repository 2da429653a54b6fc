using Canary.Failures;

namespace Canary.Files;

/// <summary>What a person can do about a full disk, by whatever means it was noticed.</summary>
public static class DiskFull
{
    /// <summary>The code of a full disk.</summary>
    public const string Code = FilesCodes.DiskFull;

    // errno(3).
    private const int FileTooLarge = 27;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>The remedy.</summary>
    /// <param name="then">What to do when there is room again, in half a sentence; <c>null</c>: release the commit
    /// again.</param>
    public static string Remedy(string? then = null) =>
        $"Free space there, or move the data directory to a larger file system; then {then ?? Remedies.ReleaseAgain}.";

    /// <summary>What a person can do about an error of a file that comes from a full disk.</summary>
    /// <param name="exception">The error.</param>
    /// <param name="path">What could not be written.</param>
    /// <param name="then">As for <see cref="Remedy"/>.</param>
    /// <returns><c>null</c> if it is not about space.</returns>
    public static CanaryException? From(Exception exception, string path, string? then = null) =>
        WordsOf(exception, path) is { } words
            ? new CanaryException(Code, $"The file system of {path} {words}.", Remedy(then), exception)
            : null;

    /// <summary>What an error of a file says about the space of its file system, in half a sentence.</summary>
    /// <returns><c>null</c> if it says nothing about it.</returns>
    public static string? WordsOf(Exception cause, string path) =>
        cause switch
        {
            IOException { HResult: NoSpace } => Words(path),
            IOException { HResult: QuotaExceeded } => "has no quota left for this user",
            IOException { HResult: FileTooLarge } => "does not take a file so large",
            _ => null,
        };

    /// <summary>What a file system lacks that takes no more.</summary>
    /// <param name="path">Something on it.</param>
    public static string Words(string path) =>
        FileSystem.HasNoInodes(path) ? "has no inodes left: too many files (see df -i)" : "has no space left";
}
