using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Testing;
using Microsoft.Data.Sqlite;

namespace Canary.Hosting.Tests.Storage;

public sealed class SqliteFileTests : IDisposable
{
    private const string Things = """
        CREATE TABLE things (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO things SELECT i, printf('thing %d with some words', i) FROM n;
        """;

    private readonly TempDirectory _directory = new();

    private string Database => _directory.Combine("store.db");

    [Fact]
    public void A_new_database_is_whole_from_its_first_byte()
    {
        SqliteFile.MakeOrCheck(Database);

        new FileInfo(Database).Length.ShouldBeGreaterThan(0);
        SqliteFile.MakeOrCheck(Database);
        Directory.GetFiles(_directory.Path).ShouldBe([Database]);
    }

    [Fact]
    public void A_process_that_died_while_it_made_one_does_not_stand_in_the_way()
    {
        _directory.WriteFile("store.db.new", "half of it");

        SqliteFile.MakeOrCheck(Database);

        SqliteFile.MakeOrCheck(Database);
    }

    [Fact]
    public void A_database_in_use_is_well()
    {
        Fill();

        SqliteFile.MakeOrCheck(Database);
    }

    [Fact]
    public void A_copy_that_was_restored_without_its_write_ahead_log_mode_is_taken()
    {
        Fill();
        var copy = _directory.Combine("copy.db");
        Execute(Database, $"VACUUM INTO '{copy}'");

        SqliteFile.MakeOrCheck(copy);

        Execute(copy, "PRAGMA journal_mode").ShouldBe("wal");
    }

    [Theory]
    [InlineData(0, "is empty (0 bytes)")]
    [InlineData(1, "was cut (1 bytes)")]
    [InlineData(99, "was cut (99 bytes)")]
    [InlineData(4096, "was cut (4096 of ")]
    [InlineData(50_000, "was cut (50000 of ")]
    public void A_database_that_was_cut_is_refused(int length, string words)
    {
        Fill();
        using (var file = File.OpenWrite(Database))
        {
            file.SetLength(length);
        }

        ShouldBeRefused(words);
        new FileInfo(Database).Length.ShouldBe(length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(20_000)]
    public void A_database_that_was_garbled_is_refused(int position)
    {
        Fill();
        var bytes = File.ReadAllBytes(Database);
        new Random(7).NextBytes(bytes.AsSpan(position, 9_000));
        File.WriteAllBytes(Database, bytes);

        var fault = Should.Throw<Exception>(() => SqliteFile.MakeOrCheck(Database));

        var told = SqliteErrors.Of(fault, Database) ?? fault as CanaryException;
        told.ShouldNotBeNull().Code.ShouldBe("database-damaged");
        told.Message.ShouldContain(Database);
        told.Message.ShouldNotContain("\n");
    }

    [Fact]
    public void A_database_that_is_gone_while_its_journal_is_there_is_not_made_anew()
    {
        _directory.WriteFile("store.db-wal", "commits");

        ShouldBeRefused("is missing");
        File.Exists(Database).ShouldBeFalse();
    }

    /// <summary>As a checkpoint leaves it that found the disk full: the first page with the new length, and no more.</summary>
    [Fact]
    public void What_is_still_in_the_write_ahead_log_is_not_missing()
    {
        SqliteFile.MakeOrCheck(Database);
        var copy = _directory.Combine("copy.db");
        using (var connection = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            Execute(connection, "PRAGMA wal_autocheckpoint = 0");
            Execute(connection, Things);
            File.Copy(Database, copy);
            File.Copy($"{Database}-wal", $"{copy}-wal");
        }

        using (var file = File.OpenWrite(copy))
        using (var whole = File.OpenRead(Database))
        {
            var page = new byte[file.Length];
            whole.ReadExactly(page);
            file.Write(page.AsSpan(0, 4096));
        }

        SqliteFile.MakeOrCheck(copy);

        Execute(copy, "SELECT COUNT(*) || '' FROM things").ShouldBe("2000");
    }

    [Fact]
    public void A_directory_in_its_place_is_told()
    {
        _directory.CreateDirectory("store.db");

        var fault = Should.Throw<Exception>(() => SqliteFile.MakeOrCheck(Database));

        SqliteErrors.Of(fault, Database).ShouldNotBeNull().Message.ShouldContain(Database);
    }

    public void Dispose() => _directory.Dispose();

    private void ShouldBeRefused(string words)
    {
        var fault = Should.Throw<CanaryException>(() => SqliteFile.MakeOrCheck(Database));
        fault.Code.ShouldBe("database-damaged");
        fault.Message.ShouldContain($"{Database} {words}");
        fault.Remedy.ShouldContain("backup");
    }

    private void Fill()
    {
        SqliteFile.MakeOrCheck(Database);
        Execute(Database, Things);
    }

    private static string? Execute(string path, string text)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return Execute(connection, text);
    }

    private static string? Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of this test.
        command.CommandText = text;
#pragma warning restore CA2100
        return command.ExecuteScalar() as string;
    }
}
