using System.Diagnostics;
using Canary.Packager;
using Canary.Packager.Deb;

namespace Canary.Benchmarks;

/// <summary>
/// A package of what a build made, from the end of its scripts to the finished file with its SHA-256, warm: the files are found by
/// patterns and collected, handed over to a real repository publisher, fetched from it, unpacked, hashed, looked at for programs, listed and packed.
/// In turns with dpkg-deb at the same compression, which finds the same files in their places and does what planning and packing do, and with
/// scripts that bring them to it as a pipeline does: tar, zstd at the level that we use, a digest that is looked at, and unpacking.
/// </summary>
internal sealed class OutputPackaging : IBenchmark
{
    private const int Files = 10_000;

    private const long Bytes = 60_000_000;

    private static readonly Compression[] Compressions = [Compression.Gzip, Compression.Zstd, Compression.Xz];

    public string Name => "build-output";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        await using var place = await OutputPlace.MakeAsync(Files, Bytes, cancellationToken);
        foreach (var compression in settings.Quick ? Compressions[..1] : Compressions)
        {
            foreach (var threads in new[] { new PackagerOptions().ThreadsOrDefault, 1 }.Distinct())
            {
                await MeasureAsync(
                    place,
                    compression,
                    threads,
                    settings.Repetitions(full: compression == Compression.Xz ? 3 : 9, quick: 2),
                    rows,
                    cancellationToken
                );
            }
        }
    }

    private static async Task MeasureAsync(
        OutputPlace place,
        Compression compression,
        int threads,
        int repetitions,
        Rows rows,
        CancellationToken cancellation
    )
    {
        const int WarmUps = 6;
        var (ours, dpkg, scripts) = (new Taken(), new Taken(), new Taken());
        var stages = new List<double[]>();
        for (var i = -WarmUps; i < repetitions; i++)
        {
            place.ForgetOutputs();
            var watch = new StageWatch();
            var mine = await Taken.ByAsync(() => place.PackageAsync(compression, threads, watch, cancellation));
            var packed = await Taken.ByAsync(() => place.PackByDpkgAsync(compression, threads, cancellation));
            var scripted = await Taken.ByAsync(() => place.PackByScriptsAsync(compression, threads, cancellation));
            if (i >= 0)
            {
                ours.Add(mine);
                dpkg.Add(packed);
                scripts.Add(scripted);
                stages.Add([.. watch.Stages.Select(stage => stage.Time.TotalMilliseconds)]);
            }
        }

        var name = compression.ToString().ToLowerInvariant();
        rows.Add(
            Row.Milliseconds($"{Files:N0} files of node_modules, {name}, threads {threads}", ours.Passed) with
            {
                Note = string.Join(
                    ", ",
                    StageWatch.Names.Select((stage, i) => $"{stage} {stages.Average(taken => taken[i]):0}")
                ),
            }
        );
        var packing = stages.Select(taken => TimeSpan.FromMilliseconds(taken[^2] + taken[^1])).ToList();
        rows.Add(Row.Milliseconds("  of it, planning and packing", packing));
        rows.Add(Row.Milliseconds("  dpkg-deb with md5sums", dpkg.Passed));
        rows.Add(Row.Milliseconds("  tar, zstd, sha256sum, tar and dpkg-deb", scripts.Passed));
        // dpkg-deb has one processor for gzip, and as many as there are for the others.
        double? goal = threads > 1 ? 1 : null;
        rows.Add(Ratio("  planning and packing / dpkg-deb", packing, dpkg.Passed) with { Goal = goal });
        rows.Add(Ratio("  all of it / scripts", ours.Passed, scripts.Passed) with { Goal = goal });
        rows.Add(Ratio("  all of it / scripts, time of processors", ours.Used, scripts.Used));
    }

    private static Row Ratio(string name, IEnumerable<TimeSpan> ours, IEnumerable<TimeSpan> peer) =>
        new(name, "x", [.. ours.Zip(peer, (mine, other) => Math.Round(mine / other, 3))]);

    /// <summary>Time that passed, and time of processors, for each repetition.</summary>
    private sealed class Taken
    {
        public List<TimeSpan> Passed { get; } = [];

        public List<TimeSpan> Used { get; } = [];

        public static async Task<(TimeSpan Passed, TimeSpan Used)> ByAsync(Func<Task> action)
        {
            var used = ProcessorTime.Used;
            var clock = Stopwatch.StartNew();
            await action();
            return (clock.Elapsed, ProcessorTime.Used - used);
        }

        public void Add((TimeSpan Passed, TimeSpan Used) taken)
        {
            Passed.Add(taken.Passed);
            Used.Add(taken.Used);
        }
    }
}
