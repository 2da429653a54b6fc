using System.Buffers.Binary;
using Canary.Failures;
using Microsoft.Data.Sqlite;

namespace Canary.Durability.Storage;

/// <summary>
/// The file of an embedded database, looked at before it is used. SQLite takes a file of 0 bytes for a new database, and finds a
/// page that is garbled when somebody needs it: in the middle of a release, which would get the blame.
/// </summary>
internal static class SqliteFile
{
    /// <summary>Files up to here are read whole at each start, at some hundred megabytes a second.</summary>
    private const long LargestReadWhole = 256 << 20;

    private const string WriteAheadLog = "PRAGMA journal_mode = WAL";

    // https://www.sqlite.org/fileformat.html, 1.3
    private const int HeaderLength = 100;
    private const int PageSizeAt = 16;
    private const int PageCountAt = 28;
    private const int LargestPage = 65536;

    /// <summary>Makes the file where there is none, and checks it where there is one.</summary>
    /// <exception cref="CanaryException">It is damaged.</exception>
    /// <exception cref="SqliteException">It cannot be used; see <see cref="SqliteErrors"/>.</exception>
    public static void MakeOrCheck(string path)
    {
        if (!File.Exists(path))
        {
            Make(path);
        }
        else if (FaultOf(path) is { } fault)
        {
            throw SqliteErrors.Damaged(path, fault);
        }
    }

    /// <summary>It gets its name when it is a database: a process that dies here leaves no empty file behind, so one that is
    /// empty was cut.</summary>
    private static void Make(string path)
    {
        if (File.Exists($"{path}-wal"))
        {
            throw SqliteErrors.Damaged(path, "is missing, though its journal beside it is there");
        }

        var draft = $"{path}.new";
        File.Delete(draft);
        using (var connection = Open(draft, SqliteOpenMode.ReadWriteCreate))
        {
            Ask(connection, WriteAheadLog);
            Ask(connection, "VACUUM");
        }

        File.Move(draft, path);
    }

    private static string? FaultOf(string path)
    {
        // What is still in the write-ahead log is not missing: a checkpoint that found the disk full writes the new length first.
        if (!HasWriteAheadLog(path) && FaultOfLength(path) is { } cut)
        {
            return cut;
        }

        using var connection = Open(path, SqliteOpenMode.ReadWrite);
        // A copy that sqlite3 made of a damaged file has another mode, which a connection that only reads cannot change.
        Ask(connection, WriteAheadLog);
        var isSmall = new FileInfo(path).Length <= LargestReadWhole;
        return
            Ask(connection, isSmall ? "PRAGMA quick_check(1)" : "SELECT 'ok' FROM sqlite_schema LIMIT 1") is { } said
            && said != "ok"
            ? $"is damaged ({said.ReplaceLineEndings(" ")})"
            : null;
    }

    private static bool HasWriteAheadLog(string path) =>
        new FileInfo(path).Length > HeaderLength && new FileInfo($"{path}-wal") is { Exists: true, Length: > 0 };

    private static string? FaultOfLength(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length == 0)
        {
            return "is empty (0 bytes)";
        }

        var header = new byte[HeaderLength];
        if (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
        {
            return $"was cut ({file.Length} bytes)";
        }

        var pageSize = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(PageSizeAt)) is var size and not 1
            ? size
            : LargestPage;
        var expected = (long)pageSize * BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(PageCountAt));
        return header.AsSpan().StartsWith("SQLite format 3\0"u8) && file.Length < expected
            ? $"was cut ({file.Length} of {expected} bytes)"
            : null;
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = mode,
                Pooling = false,
            }.ConnectionString
        );
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static string? Ask(SqliteConnection connection, string question)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = question;
#pragma warning restore CA2100
        return command.ExecuteScalar() as string;
    }
}
