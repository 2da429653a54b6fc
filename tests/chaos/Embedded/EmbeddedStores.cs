using System.Globalization;
using Canary.Chaos.Tests.Audit;
using Canary.EndToEnd.Tests.Fixtures;
using Microsoft.Data.Sqlite;

namespace Canary.Chaos.Tests.Embedded;

/// <summary>The databases of an all-in-one server, a file for each service, attached as its schema.</summary>
internal sealed class EmbeddedStores(CanaryServer server) : Stores
{
    public override async Task<IReadOnlyList<string[]>> RowsAsync(string sql)
    {
        await using var connection = new SqliteConnection("Data Source=:memory:;Pooling=False");
        await connection.OpenAsync();
        foreach (var service in DistributedSettings.Services)
        {
            await using var attach = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of the tests.
            attach.CommandText = $"ATTACH DATABASE $file AS {SchemaOf(service)}";
            attach.Parameters.AddWithValue("$file", Path.Combine(server.Data, service, service + ".db"));
            await attach.ExecuteNonQueryAsync();
        }

        await using var command = connection.CreateCommand();
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string[]>();
        while (await reader.ReadAsync())
        {
            rows.Add([
                .. Enumerable
                    .Range(0, reader.FieldCount)
                    .Select(column => Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture) ?? ""),
            ]);
        }

        return rows;
    }

    public override string FailureIn(string column) =>
        $"({column} -> 'failure' ->> 'code') || ': ' || ({column} -> 'failure' ->> 'message')";

    public override string InOneLine(string text) => text;
}
