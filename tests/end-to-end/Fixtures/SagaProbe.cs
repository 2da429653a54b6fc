using Microsoft.Data.Sqlite;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>Reads a saga's state from its service's database, the only place that tells the truth about a killed
/// server.</summary>
internal static class SagaProbe
{
    public static string? ReleaseState(CanaryServer server) => Read(server, "ci-coordinator", "Releases");

    /// <summary>State of the youngest rollout.</summary>
    public static string? RolloutState(CanaryServer server) => Read(server, "deployer", "Rollouts");

    private static string? Read(CanaryServer server, string service, string table)
    {
        var file = Path.Combine(server.Data, service, service + ".db");
        if (!File.Exists(file))
        {
            return null;
        }

        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadWrite;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The table's name is a constant of this file.
        command.CommandText = $"SELECT CurrentState FROM {table} ORDER BY rowid DESC LIMIT 1";
#pragma warning restore CA2100
        return command.ExecuteScalar() as string;
    }
}
