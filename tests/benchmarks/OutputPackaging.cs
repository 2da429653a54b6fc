using System.Diagnostics;
using Canary.Packager;
using Canary.Packager.Deb;

namespace Canary.Benchmarks;

/// <summary>
/// A package of what a build made, from the end of its scripts to the finished file with its SHA-256, warm: the files are found by
/// patterns and collected, handed over to a real repository publisher, fetched from it, unpacked, hashed, looked at for programs, listed and packed.
/// In turns with dpkg-deb, which finds the same files in their places, at the same compression.
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
                var name = compression.ToString().ToLowerInvariant();
                var (ours, peer, stages) = await MeasureAsync(
                    place,
                    compression,
                    threads,
                    settings.Repetitions(full: compression == Compression.Xz ? 3 : 9, quick: 2),
                    cancellationToken
                );
                rows.Add(
                    Row.Milliseconds($"{Files:N0} files of node_modules, {name}, threads {threads}", ours) with
                    {
                        Note = stages,
                    }
                );
                rows.Add(Row.Milliseconds("  dpkg-deb with md5sums", peer));
                rows.Add(
                    new Row("  ours / dpkg-deb", "x", [.. ours.Zip(peer, (mine, other) => Math.Round(mine / other, 3))])
                    {
                        Goal = 1,
                    }
                );
            }
        }
    }

    private static async Task<(List<TimeSpan> Ours, List<TimeSpan> Peer, string Stages)> MeasureAsync(
        OutputPlace place,
        Compression compression,
        int threads,
        int repetitions,
        CancellationToken cancellation
    )
    {
        const int WarmUps = 2;
        var ours = new List<TimeSpan>();
        var peer = new List<TimeSpan>();
        var stages = new List<double[]>();
        for (var i = -WarmUps; i < repetitions; i++)
        {
            place.ForgetOutputs();
            var watch = new StageWatch();
            await place.PackageAsync(compression, threads, watch, cancellation);
            var clock = Stopwatch.StartNew();
            await place.PackByDpkgAsync(compression, threads, cancellation);
            clock.Stop();
            if (i >= 0)
            {
                ours.Add(watch.Total);
                peer.Add(clock.Elapsed);
                stages.Add([.. watch.Stages.Select(stage => stage.Time.TotalMilliseconds)]);
            }
        }

        return (
            ours,
            peer,
            string.Join(", ", StageWatch.Names.Select((name, i) => $"{name} {stages.Average(s => s[i]):0}"))
        );
    }
}
