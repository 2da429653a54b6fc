using Microsoft.Data.Sqlite;

namespace Canary.Hosting;

/// <summary>Tells a full disk from other errors, for it is the one that people meet.</summary>
public static class StorageFault
{
    /// <summary>The code of a full disk.</summary>
    public const string Code = "disk-full";

    // errno(3).
    private const int FileTooLarge = 27;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    // https://www.sqlite.org/rescode.html#full
    private const int DatabaseFull = 13;
    private const int CannotOpen = 14;
    private const int InputOutput = 10;

    /// <summary>What a person can do about an error that comes from a full disk.</summary>
    /// <param name="exception">The error; those that it wraps are looked at too.</param>
    /// <param name="path">Where the file system is mounted, or something on it.</param>
    /// <param name="then">What to do when there is room again, in half a sentence; <c>null</c>: release the commit
    /// again.</param>
    /// <returns><c>null</c> if it is not about space.</returns>
    public static CanaryException? From(Exception exception, string path, string? then = null)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (Words(cause, path) is { } words)
            {
                return new CanaryException(Code, $"The file system of {path} {words}.", Remedy(then), exception);
            }
        }

        return null;
    }

    /// <summary>The remedy, for who learns of a full disk by other means than an exception.</summary>
    /// <param name="then">As for <see cref="From"/>.</param>
    public static string Remedy(string? then = null) =>
        $"Free space there, or move the data directory to a larger file system; then {then ?? Remedies.ReleaseAgain}.";

    private static string? Words(Exception cause, string path) =>
        cause switch
        {
            SqliteException { SqliteErrorCode: DatabaseFull } or IOException { HResult: NoSpace } =>
                FileSystem.HasNoInodes(path) ? "has no inodes left: too many files (see df -i)" : "has no space left",
            // What SQLite says when it cannot make the files beside a database.
            SqliteException { SqliteErrorCode: CannotOpen or InputOutput } when FileSystem.HasNoInodes(path) =>
                "has no inodes left: too many files (see df -i)",
            IOException { HResult: QuotaExceeded } => "has no quota left for this user",
            IOException { HResult: FileTooLarge } => "does not take a file so large",
            _ => null,
        };
}
