namespace Canary.Fuzzing.Tests;

/// <summary>Tries inputs on one target for a time, tells how far it is, and keeps what it finds.</summary>
internal sealed class FuzzRun(string name, int seed, TimeSpan duration)
{
    private const int MostFindings = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    /// <summary>Of the processor, so that a busy machine makes nothing slow.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>A reader that takes so long does not come back.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly Corpus _corpus = new(name);
    private readonly HashSet<string> _kinds = new(StringComparer.Ordinal);
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private long _inputs;
    private long _inputBegun;

    private TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_begun);

    /// <returns>How much it found.</returns>
    public int Run()
    {
        using var running = new RunningInput(name);
        if (running.Left() is { } left)
        {
            Tell(new Finding(left, "crash", "The process ended while it read this."));
            running.End();
        }

        using var target = FuzzTargets.All[name]();
        var fuzzer = new Fuzzer(target, _corpus.Inputs, seed, Longest);
        using var progress = TimeProvider.System.CreateTimer(_ => TellProgress(fuzzer), state: null, Pause, Pause);
        foreach (var input in fuzzer.Beginnings)
        {
            Try(fuzzer, running, input);
        }

        while (Elapsed < duration && _kinds.Count < MostFindings)
        {
            Try(fuzzer, running, fuzzer.Next());
        }

        TellProgress(fuzzer);
        return _kinds.Count;
    }

    private void Try(Fuzzer fuzzer, RunningInput running, byte[] input)
    {
        running.Begin(input);
        Volatile.Write(ref _inputBegun, TimeProvider.System.GetTimestamp());
        var finding = fuzzer.Try(input);
        running.End();
        Interlocked.Increment(ref _inputs);
        if (finding is not null)
        {
            Tell(finding);
        }
    }

    private void Tell(Finding finding)
    {
        if (_kinds.Add(finding.Kind))
        {
            var file = _corpus.Keep(finding.Input);
            Console.WriteLine(
                $"{name}: FOUND {finding.What}\n  kept as {file}; again: ./build.sh fuzz --input {file} {name}"
            );
        }
    }

    private void TellProgress(Fuzzer fuzzer)
    {
        Console.WriteLine(
            $"{name, -12} {Elapsed:hh\\:mm\\:ss}  {Interlocked.Read(ref _inputs), 10} inputs  {fuzzer.Outcomes, 5} outcomes  "
                + $"{_kinds.Count, 3} found  (seed {seed})"
        );
        if (TimeProvider.System.GetElapsedTime(Volatile.Read(ref _inputBegun)) > Hang && Elapsed < duration)
        {
            Console.WriteLine($"{name}: hangs. Run it again: the input is kept then.");
            Environment.Exit(1);
        }
    }
}
