using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>Prints each row as it is measured, and keeps all of them as JSON: whoever interrupts a run has what was measured by
/// then.</summary>
internal sealed class Report
{
    private const int NameWidth = 56;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly Settings _settings;
    private readonly TextWriter _output;
    private readonly DateTimeOffset _begin = TimeProvider.System.GetUtcNow();
    private readonly List<(string Benchmark, Row Row)> _rows = [];

    public Report(Settings settings, TextWriter output)
    {
        _settings = settings;
        _output = output;
        File = Path.Combine("artifacts", "bench", $"{_begin:yyyyMMdd-HHmmss}.json");
        Directory.CreateDirectory(SourceTree.PathOf("artifacts", "bench"));
    }

    /// <summary>Path of the file, relative to the repository.</summary>
    public string File { get; }

    public void PrintHead() =>
        _output.WriteLine(
            $"\n{"what", -NameWidth} {"median", 9} {"p95", 9} {"max", 9} {"n", 4} {"goal", 7}  unit  note"
        );

    /// <summary>Begins a benchmark.</summary>
    /// <returns>Where it reports its rows.</returns>
    public Rows Begin(string benchmark)
    {
        _output.WriteLine($"-- {benchmark}");
        return new Rows(row => Add(benchmark, row));
    }

    private void Add(string benchmark, Row row)
    {
        _rows.Add((benchmark, row));
        Print(row);
        Save();
    }

    private void Print(Row row)
    {
        var figures =
            row.Samples.Count == 0
                ? $"{"-", 9} {"-", 9} {"-", 9}"
                : $"{Figure(row.Median), 9} {Figure(row.P95), 9} {Figure(row.Samples.Max()), 9}";
        var goal = row.Goal is { } figure ? Figure(figure) : "";
        _output.WriteLine(
            $"{row.Name, -NameWidth} {figures} {row.Samples.Count, 4} {goal, 7}  {row.Unit, -4}  {row.Note}".TrimEnd()
        );
        _output.Flush();
    }

    private void Save()
    {
        var document = new
        {
            At = _begin,
            _settings.Quick,
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
        // Whole at every moment.
        var draft = SourceTree.PathOf(File) + ".new";
        System.IO.File.WriteAllText(draft, JsonSerializer.Serialize(document, Json));
        System.IO.File.Move(draft, SourceTree.PathOf(File), overwrite: true);
    }

    private static string Figure(double value) =>
        value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}

/// <summary>Where a benchmark reports what it has measured.</summary>
internal sealed class Rows(Action<Row> report)
{
    public void Add(Row row) => report(row);

    public void AddRange(IEnumerable<Row> rows)
    {
        foreach (var row in rows)
        {
            report(row);
        }
    }
}
