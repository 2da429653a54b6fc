namespace Canary.Pipeline;

/// <summary>What was seen of each part of the original pipeline, a line each while it runs.</summary>
internal sealed class PipelineReport(TextWriter output)
{
    private readonly List<(string Part, bool Holds)> _rows = [];

    public bool Passed => _rows.Count > 0 && _rows.All(row => row.Holds);

    /// <summary>Says what comes next.</summary>
    public void Chapter(string title) => output.WriteLine($"\n{title}");

    /// <summary>Says whether a part does what it did, and what of it was seen.</summary>
    public void Row(string part, string does, bool holds, string seen)
    {
        _rows.Add((part, holds));
        output.WriteLine($"  {(holds ? "ok    " : "FAILED")} {part, -18} {does}: {Shorten(seen)}");
    }

    public void Conclude()
    {
        var failed = _rows.Where(row => !row.Holds).Select(row => row.Part).Distinct().ToList();
        var parts = _rows.Select(row => row.Part).Distinct().Count();
        output.WriteLine(
            failed.Count == 0
                ? $"\nAll {parts} parts of the pipeline work ({_rows.Count} observations)."
                : $"\n{failed.Count} of {parts} parts do not work: {string.Join(", ", failed)}."
        );
    }

    private static string Shorten(string seen)
    {
        var line = seen.ReplaceLineEndings(" ").Trim();
        return line.Length <= 160 ? line : line[..159] + "…";
    }
}
