using System.Diagnostics;

namespace Canary.Benchmarks;

/// <summary>How long each stage of one package of build output took.</summary>
internal sealed class StageWatch
{
    public static readonly string[] Names = ["collect", "hand over", "fetch", "unpack", "plan", "pack"];

    private readonly List<(string Name, TimeSpan Time)> _stages = [];

    private long _began = Stopwatch.GetTimestamp();

    public IReadOnlyList<(string Name, TimeSpan Time)> Stages => _stages;

    /// <summary>Ends the next stage.</summary>
    public void End()
    {
        var now = Stopwatch.GetTimestamp();
        _stages.Add((Names[_stages.Count], Stopwatch.GetElapsedTime(_began, now)));
        _began = now;
    }
}
