using Canary.Failures;
using Microsoft.Data.Sqlite;

namespace Canary.Durability.Storage;

/// <summary>What can go wrong with the file of an embedded database, and what to do about it.</summary>
internal static class SqliteErrors
{
    public const string DamagedCode = "database-damaged";

    // https://www.sqlite.org/rescode.html
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>What a person can do about an error of a database.</summary>
    /// <param name="exception">The error; those that it wraps are looked at too.</param>
    /// <param name="path">The database.</param>
    /// <returns><c>null</c> if it is about something else.</returns>
    public static CanaryException? Of(Exception exception, string path)
    {
        if (StorageFault.From(exception, path, "start again") is { } full)
        {
            return full;
        }

        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is UnauthorizedAccessException or IOException)
            {
                return Unusable(path, cause.Message, exception);
            }

            if (cause is SqliteException { SqliteErrorCode: ReadOnly or CannotOpen or InputOutput } refused)
            {
                return Unusable(path, Said(refused), exception);
            }

            if (IsDamage(cause))
            {
                return Damaged(path, $"is damaged ({Said((SqliteException)cause)})", exception);
            }
        }

        return null;
    }

    /// <summary>Whether an error says that a file is no database, or no whole one.</summary>
    public static bool IsDamage(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: Corrupt or NotADatabase };

    public static CanaryException Damaged(string path, string fault, Exception? cause = null) =>
        new(
            DamagedCode,
            $"The database {path} {fault}.",
            "Restore it, with the rest of the data directory, from a backup. Without one, move the file and those that begin with "
                + "its name away: the service then starts without what it knew.",
            cause
        );

    private static CanaryException Unusable(string path, string said, Exception cause) =>
        new(
            "database-unusable",
            $"The database {path} cannot be opened for writing: {said.TrimEnd('.')}.",
            $"Give {Environment.UserName} the file, those that begin with its name, and their directory (chown, chmod u+rw), and see "
                + "that the file system is not mounted read-only.",
            cause
        );

    // "SQLite Error 26: 'file is not a database'."
    private static string Said(SqliteException exception) =>
        exception.Message.Split('\'') is [_, var words, ..] ? words : exception.Message;
}
