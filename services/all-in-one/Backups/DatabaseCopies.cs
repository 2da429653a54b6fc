using Microsoft.Data.Sqlite;

namespace Canary.AllInOne.Backups;

/// <summary>Copies of databases as all of them were at one moment, also while others write to them.</summary>
internal static class DatabaseCopies
{
    /// <summary>Makes them.</summary>
    /// <param name="databases">The files, each with the path of its copy.</param>
    public static void Make(IReadOnlyList<(string Database, string Copy)> databases)
    {
        List<SqliteConnection> held = [];
        List<(SqliteConnection Connection, string Copy)> opened = [];
        try
        {
            // Nobody writes to any of them until all were looked at.
            foreach (var (database, _) in databases)
            {
                held.Add(Open(database, SqliteOpenMode.ReadWrite));
                Run(held[^1], "BEGIN IMMEDIATE;");
            }

            foreach (var (database, copy) in databases)
            {
                opened.Add((Open(database, SqliteOpenMode.ReadWrite), copy));
                // From here on it sees nothing that is written later, and so does the copy.
                Run(opened[^1].Connection, "BEGIN; SELECT count(*) FROM sqlite_master;");
            }

            held.ForEach(connection => Run(connection, "ROLLBACK;"));
            foreach (var (connection, copy) in opened)
            {
                using var target = Open(copy, SqliteOpenMode.ReadWriteCreate);
                connection.BackupDatabase(target);
                // A single file, without the journal beside it.
                Run(target, "PRAGMA journal_mode=DELETE;");
            }
        }
        finally
        {
            held.ForEach(connection => connection.Dispose());
            opened.ForEach(it => it.Connection.Dispose());
        }
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = mode,
                Pooling = false,
            }.ToString()
        );
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // It is this file's own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
