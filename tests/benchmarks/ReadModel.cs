using System.Diagnostics;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>How long the lists of the API take, and what they cost in memory, with few releases stored and with many.</summary>
internal sealed class ReadModel : IBenchmark
{
    private const int Few = 100;

    private const int Goal = 50;

    private static readonly (string Name, string Path)[] Lists =
    [
        ("GET /api/applications", "/api/applications"),
        ("GET /api/releases, first page", "/api/releases"),
        ("GET /api/releases of one application", "/api/releases?application=application-7"),
        ("GET /api/releases that run", "/api/releases?state=active"),
    ];

    public string Name => "read-model";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        await MeasureAsync("SQLite", Few, []);
        await MeasureAsync("SQLite", settings.Repetitions(full: 10_000, quick: 1_000), []);
        await using var postgres = await PostgresServer.StartAsync(syncs: false);
        foreach (var count in new[] { Few, settings.Repetitions(full: 10_000, quick: 1_000) })
        {
            await MeasureAsync(
                "PostgreSQL",
                count,
                [
                    "--hosting:storage:provider=postgresql",
                    $"--hosting:storage:host={PostgresServer.Host}",
                    $"--hosting:storage:port={postgres.Port}",
                    $"--hosting:storage:database={await postgres.NewDatabaseAsync()}",
                    $"--hosting:storage:user={PostgresServer.User}",
                    $"--hosting:storage:passwordfile={postgres.PasswordFile}",
                ]
            );
        }

        async Task MeasureAsync(string database, int count, string[] storage)
        {
            using var data = new TempDirectory();
            string[] host = [$"--hosting:data={data.Path}", "--hosting:limits:requestspersecond=1000000", .. storage];
            await ReadModelHost.FillAsync(host, count);
            await using var ingress = await RunningProgram.StartAsync(
                Environment.ProcessPath!,
                address => [ReadModelHost.Command, $"--hosting:listen={address}", .. host],
                data.Combine("ingress.log"),
                new Dictionary<string, string>(),
                cancellationToken
            );
            foreach (var (name, path) in Lists)
            {
                rows.Add(
                    Row.Milliseconds(
                        $"{name}, {count:N0} stored, {database}",
                        await TimesAsync(ingress.Http, path, settings, cancellationToken)
                    ) with
                    {
                        Goal = Goal,
                    }
                );
            }

            await ingress.Memory.SettleAsync(cancellationToken);
            rows.Add(
                new Row(
                    $"  memory after that, {count:N0} stored, {database}",
                    "MB",
                    [Math.Round(ingress.Memory.Resident, 1)]
                )
            );
        }
    }

    private static async Task<IReadOnlyList<TimeSpan>> TimesAsync(
        HttpClient http,
        string path,
        Settings settings,
        CancellationToken cancellationToken
    )
    {
        var times = new List<TimeSpan>();
        var warmUps = settings.Repetitions(full: 20, quick: 3);
        for (var i = 0; i < warmUps + settings.Repetitions(full: 100, quick: 5); i++)
        {
            var clock = Stopwatch.StartNew();
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            if (i >= warmUps)
            {
                times.Add(clock.Elapsed);
            }
        }

        return times;
    }
}
