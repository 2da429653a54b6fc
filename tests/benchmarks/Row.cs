namespace Canary.Benchmarks;

/// <summary>One line of the table.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Unit of the samples, for example <c>ms</c>.</param>
/// <param name="Samples">One value for each repetition.</param>
internal sealed record Row(string Name, string Unit, IReadOnlyList<double> Samples)
{
    /// <summary>Figure that the design asks for, in the same unit.</summary>
    public double? Goal { get; init; }

    /// <summary>What to know when reading it, or why it was not measured.</summary>
    public string? Note { get; init; }

    public double Median => Percentile(0.5);

    public double P95 => Percentile(0.95);

    /// <summary>A row in place of one that could not be measured, for example because a peer is not installed.</summary>
    public static Row Skipped(string name, string unit, string reason) => new(name, unit, []) { Note = reason };

    public static Row Milliseconds(string name, IEnumerable<TimeSpan> samples) =>
        new(name, "ms", [.. samples.Select(sample => Math.Round(sample.TotalMilliseconds, 2))]);

    /// <summary>Nearest rank.</summary>
    private double Percentile(double share)
    {
        var sorted = Samples.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];
    }
}
