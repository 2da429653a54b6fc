namespace Canary.Chaos.Tests.Audit;

/// <summary>Reads the tables of the services, past the services.</summary>
internal abstract class Stores
{
    /// <summary>Schemas of the services.</summary>
    public static IReadOnlyList<string> Schemas { get; } = [.. DistributedSettings.Services.Select(SchemaOf)];

    /// <summary>Rows of a query, each as its columns.</summary>
    public abstract Task<IReadOnlyList<string[]>> RowsAsync(string sql);

    /// <summary>An expression for code and message of the failure in a release's snapshot, in one line.</summary>
    /// <param name="column">Column of the snapshot.</param>
    public abstract string FailureIn(string column);

    /// <summary>An expression for a text in one line.</summary>
    public abstract string InOneLine(string text);

    /// <summary>One query over the tables of that name of all services: <c>{0}</c> is the table, <c>{1}</c> the service.</summary>
    public Task<IReadOnlyList<string[]>> RowsOfAllAsync(string table, string select) =>
        RowsAsync(
            string.Join(
                " UNION ALL ",
                Schemas.Select(schema => string.Format(select, $"\"{schema}\".\"{table}\"", $"'{schema}'"))
            )
        );

    protected static string SchemaOf(string service) => service.Replace('-', '_');
}

/// <summary>The schemas of one PostgreSQL database.</summary>
internal sealed class SharedStores(DistributedInstallation installation) : Stores
{
    public override async Task<IReadOnlyList<string[]>> RowsAsync(string sql) =>
        [
            .. (await installation.QueryAsync(sql))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(row => row.Split('|')),
        ];

    public override string FailureIn(string column) =>
        InOneLine($"({column}::json -> 'failure' ->> 'code') || ': ' || ({column}::json -> 'failure' ->> 'message')");

    public override string InOneLine(string text) => $"translate({text}, E'\\n|', '  ')";
}
