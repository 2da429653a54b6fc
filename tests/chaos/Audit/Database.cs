namespace Canary.Chaos.Tests.Audit;

/// <summary>Reads the tables of the services, past the services.</summary>
internal static class Database
{
    /// <summary>Schemas of the services.</summary>
    public static IReadOnlyList<string> Schemas { get; } =
    [.. DistributedSettings.Services.Select(service => service.Replace('-', '_'))];

    /// <summary>Rows of a query, each as its columns.</summary>
    public static async Task<IReadOnlyList<string[]>> RowsAsync(
        this DistributedInstallation installation,
        string sql
    ) =>
        [
            .. (await installation.QueryAsync(sql))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(row => row.Split('|')),
        ];

    /// <summary>One query over the tables of that name of all services: <c>{0}</c> is the table, <c>{1}</c> the service.</summary>
    public static Task<IReadOnlyList<string[]>> RowsOfAllAsync(
        this DistributedInstallation installation,
        string table,
        string select
    ) =>
        installation.RowsAsync(
            string.Join(
                " UNION ALL ",
                Schemas.Select(schema => string.Format(select, $"\"{schema}\".\"{table}\"", $"'{schema}'"))
            )
        );
}
