using Canary.Testing;
using Canary.Testing.Installations;

namespace Canary.Benchmarks;

/// <summary>The same releases through five processes on RabbitMQ and PostgreSQL, and the memory that each of them holds when
/// it rests from them.</summary>
internal sealed class Distributed : IBenchmark
{
    public string Name => "distributed";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        using var directory = new TempDirectory();
        using var releases = await TimedReleases.CreateAsync(directory);
        await using var five = await DistributedInstallation.StartAsync(
            new DistributedSettings
            {
                Programs = SourceTree.PathOf("artifacts", "dist"),
                Production = ["production-1"],
                Syncs = true,
                Configuration = ["deployer:soak=00:00:00", "deployer:promotion=manual"],
            }
        );
        rows.AddRange(
            await releases.MeasureAsync(five, settings.Repetitions(full: 25, quick: 3), goal: 500, cancellationToken)
        );
        rows.AddRange(await MemoryAsync(five, cancellationToken));
    }

    private static async Task<IReadOnlyList<Row>> MemoryAsync(
        DistributedInstallation five,
        CancellationToken cancellationToken
    )
    {
        var processes = five.Processes.Select(it => (it.Name, Memory: new ProcessMemory(it.ProcessId!.Value))).ToList();
        await Task.WhenAll(processes.Select(process => process.Memory.SettleAsync(cancellationToken)));
        return
        [
            .. processes.SelectMany(process =>
                (Row[])
                    [
                        new Row(
                            $"idle memory of {process.Name}, its share of the five",
                            "MB",
                            [Round(process.Memory.Share)]
                        )
                        {
                            Goal = 120,
                        },
                        new Row("  resident, with all that others map too", "MB", [Round(process.Memory.Resident)]),
                        new Row("  of it not mapped from files", "MB", [Round(process.Memory.Private)]),
                    ]
            ),
        ];
    }

    private static double Round(double megabytes) => Math.Round(megabytes, 1);
}
