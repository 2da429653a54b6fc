using System.Globalization;
using Canary.Failures;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>A table of the runtime API: a line with names of columns that begins with a hash, and rows.</summary>
internal static class RuntimeTable
{
    /// <exception cref="FormatException">It is none.</exception>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Read(string answer, char separator)
    {
        string[]? columns = null;
        foreach (var line in answer.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                columns = line[2..].Split(separator);
            }
            else if (columns is not null)
            {
                yield return Row(columns, line.Split(separator));
            }
            else if (line != "1")
            {
                // What stands before the names is the version of the table, or an error.
                throw new FormatException(line);
            }
        }

        if (columns is null)
        {
            throw new FormatException("It has no names of columns.");
        }
    }

    public static string Text(IReadOnlyDictionary<string, string> row, string column) =>
        row.GetValueOrDefault(column) ?? throw new FormatException($"It has no column {column}.");

    public static int Number(IReadOnlyDictionary<string, string> row, string column) =>
        Text(row, column) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;

    public static CanaryException Unreadable(string instance, string command, Exception cause) =>
        new(
            DeployerCodes.HaproxyUnreadable,
            $"HAProxy at {instance} gave an answer to '{command}' that cannot be read: {cause.Message}",
            "See that the runtime API of HAProxy 2.6 or later listens there.",
            cause
        );

    private static Dictionary<string, string> Row(string[] columns, string[] values)
    {
        var row = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (column, value) in columns.Zip(values))
        {
            row.TryAdd(column, value);
        }

        return row;
    }
}
