using Canary.Failures;
using Canary.Files;
using Microsoft.Data.Sqlite;

namespace Canary.Durability.Storage;

/// <summary>Tells a full disk from other errors, for it is the one that people meet.</summary>
public static class StorageFault
{
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
                return new CanaryException(
                    DiskFull.Code,
                    $"The file system of {path} {words}.",
                    DiskFull.Remedy(then),
                    exception
                );
            }
        }

        return null;
    }

    private static string? Words(Exception cause, string path) =>
        cause switch
        {
            SqliteException { SqliteErrorCode: DatabaseFull } => DiskFull.Words(path),
            // What SQLite says when it cannot make the files beside a database.
            SqliteException { SqliteErrorCode: CannotOpen or InputOutput } when FileSystem.HasNoInodes(path) =>
                DiskFull.Words(path),
            _ => DiskFull.WordsOf(cause, path),
        };
}
