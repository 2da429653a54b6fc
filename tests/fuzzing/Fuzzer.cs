using Canary.Failures;

namespace Canary.Fuzzing.Tests;

/// <summary>
/// Reads one input after the other and looks what becomes of it: no exception that the reader does not document, no second of
/// work, no memory beyond a bound, and nothing accepted that the target's judge finds wrong. Inputs with an outcome that was not
/// seen before are kept to go on from. The same seed gives the same inputs.
/// </summary>
/// <param name="target">Who reads.</param>
/// <param name="kept">Inputs to begin with, beside the target's own.</param>
/// <param name="seed">Decides what is tried.</param>
/// <param name="longest">Time of the processor that one input may take; <c>null</c>: that is not looked at, as in tests.</param>
internal sealed class Fuzzer(IFuzzTarget target, IEnumerable<byte[]> kept, int seed, TimeSpan? longest = null)
{
    private const long LeastMemory = 64 << 20;

    /// <summary>Taken in all, and given back meanwhile: patterns are compiled one after the other.</summary>
    private const int MemoryForByte = 20_000;

    private const int MostInputs = 2000;

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _inputs = [.. target.Seeds, .. kept];
    private readonly HashSet<string> _outcomes = new(StringComparer.Ordinal);

    public int Outcomes => _outcomes.Count;

    /// <summary>Everything to begin with.</summary>
    public IReadOnlyList<byte[]> Beginnings => [.. _inputs];

    /// <summary>Makes the next input.</summary>
    public byte[] Next() => target.Vary(_inputs, _random);

    /// <returns><c>null</c>: the reader copes with it.</returns>
    public Finding? Try(byte[] input)
    {
        try
        {
            var memory = GC.GetAllocatedBytesForCurrentThread();
            var work = Environment.CpuUsage.TotalTime;
            var reading = target.Read(input);
            work = Environment.CpuUsage.TotalTime - work;
            memory = GC.GetAllocatedBytesForCurrentThread() - memory;
            if (work > longest)
            {
                return new Finding(input, "slow", $"It took {work.TotalSeconds:0.0} s of the processor.");
            }

            if (memory > LeastMemory + ((long)input.Length * MemoryForByte))
            {
                return new Finding(input, "memory", $"It took {memory >> 20} MiB for {input.Length} bytes.");
            }

            Remember(input, reading.Outcome);
            reading.Judge?.Invoke();
            return null;
        }
        catch (Exception exception)
        {
            return new Finding(input, KindOf(exception), exception.ToString());
        }
    }

    private void Remember(byte[] input, string outcome)
    {
        if (_outcomes.Add(outcome) && _inputs.Count < MostInputs)
        {
            _inputs.Add(input);
        }
    }

    private static string KindOf(Exception exception)
    {
        var at = exception
            .StackTrace?.Split('\n')
            .FirstOrDefault(line => line.Contains("Canary.", StringComparison.Ordinal));
        var code = (exception as CanaryException)?.Code;
        return $"{exception.GetType().Name} {code} {at?.Trim()}";
    }
}
