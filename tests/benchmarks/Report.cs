using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>Collects rows, prints them as a table and keeps them as JSON.</summary>
internal sealed class Report(Settings settings)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly List<(string Benchmark, Row Row)> _rows = [];

    public void Add(string benchmark, IEnumerable<Row> rows) => _rows.AddRange(rows.Select(row => (benchmark, row)));

    public void Print(TextWriter output)
    {
        var width = _rows.Max(entry => entry.Row.Name.Length);
        output.WriteLine();
        output.WriteLine(
            $"{"what".PadRight(width)} {"median", 9} {"p95", 9} {"max", 9} {"n", 4} {"goal", 7}  unit  note"
        );
        foreach (var group in _rows.GroupBy(entry => entry.Benchmark))
        {
            output.WriteLine($"-- {group.Key}");
            foreach (var (_, row) in group)
            {
                var figures =
                    row.Samples.Count == 0
                        ? $"{"-", 9} {"-", 9} {"-", 9}"
                        : $"{Figure(row.Median), 9} {Figure(row.P95), 9} {Figure(row.Samples.Max()), 9}";
                var goal = row.Goal is { } figure ? Figure(figure) : "";
                output.WriteLine(
                    $"{row.Name.PadRight(width)} {figures} {row.Samples.Count, 4} {goal, 7}  {row.Unit, -4}  {row.Note}".TrimEnd()
                );
            }
        }
    }

    /// <returns>Path of the file, relative to the repository.</returns>
    public string Save()
    {
        var now = TimeProvider.System.GetUtcNow();
        var file = Path.Combine("artifacts", "bench", $"{now:yyyyMMdd-HHmmss}.json");
        Directory.CreateDirectory(SourceTree.PathOf("artifacts", "bench"));
        var document = new
        {
            At = now,
            settings.Quick,
            Machine = new
            {
                Processors = Environment.ProcessorCount,
                Memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
                System = System.Runtime.InteropServices.RuntimeInformation.OSDescription,
                Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
            },
            Rows = _rows.Select(entry => new
            {
                entry.Benchmark,
                entry.Row.Name,
                entry.Row.Unit,
                entry.Row.Median,
                entry.Row.P95,
                entry.Row.Goal,
                entry.Row.Note,
                entry.Row.Samples,
            }),
        };
        File.WriteAllText(SourceTree.PathOf(file), JsonSerializer.Serialize(document, Json));
        return file;
    }

    private static string Figure(double value) =>
        value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
