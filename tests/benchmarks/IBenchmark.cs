namespace Canary.Benchmarks;

/// <summary>Measures something and reports its rows, each as soon as it is there, those of peers measured in the same run beside
/// them.</summary>
internal interface IBenchmark
{
    /// <summary>Name to choose it by on the command line.</summary>
    string Name { get; }

    Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken);
}

internal sealed record Settings
{
    /// <summary>Fewer repetitions, to see whether it works.</summary>
    public required bool Quick { get; init; }

    public int Repetitions(int full, int quick) => Quick ? quick : full;
}
