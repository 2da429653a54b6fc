using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>What the all-in-one host costs while it does nothing.</summary>
internal sealed class Footprint : IBenchmark
{
    public string Name => "footprint";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        var empty = new List<TimeSpan>();
        var emptyResident = new List<double>();
        var first = new List<TimeSpan>();
        var again = new List<TimeSpan>();
        var resident = new List<double>();
        var own = new List<double>();
        for (var i = 0; i < settings.Repetitions(full: 10, quick: 2); i++)
        {
            using var data = new TempDirectory();
            await using (var server = await CanaryServer.StartAsync(data.Path, "", cancellationToken))
            {
                first.Add(server.StartUp);
            }

            await using (var server = await CanaryServer.StartAsync(data.Path, "", cancellationToken))
            {
                again.Add(server.StartUp);
                if (resident.Count < settings.Repetitions(full: 3, quick: 1))
                {
                    await server.Memory.SettleAsync(cancellationToken);
                    resident.Add(Math.Round(server.Memory.Resident, 1));
                    own.Add(Math.Round(server.Memory.Private, 1));
                }
            }

            await using (var host = await EmptyHost.StartAsync(data.Combine("empty.log"), cancellationToken))
            {
                empty.Add(host.StartUp);
                if (emptyResident.Count < resident.Count)
                {
                    await host.Memory.SettleAsync(cancellationToken);
                    emptyResident.Add(Math.Round(host.Memory.Resident, 1));
                }
            }
        }

        rows.AddRange([
            Row.Milliseconds("start to ready, empty data directory", first) with
            {
                Goal = 2000,
            },
            Row.Milliseconds("start to ready, again", again) with
            {
                Goal = 2000,
            },
            Row.Milliseconds("  an ASP.NET host that does nothing, in turns", empty),
            new Row("idle memory, resident", "MB", resident) { Goal = 150 },
            new Row("  of it not mapped from files", "MB", own),
            new Row("  an ASP.NET host that does nothing, in turns", "MB", emptyResident),
        ]);
    }
}
