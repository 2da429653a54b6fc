using System.Globalization;
using Canary.Contracts.Releases;
using Canary.Testing;
using Canary.Testing.Installations;

namespace Canary.Benchmarks.Throughput;

/// <summary>
/// Many releases at once over RabbitMQ and PostgreSQL: what a second packager brings when packaging waits for something other
/// than this machine, and whether a thousand pushes in one moment all come to their end.
/// </summary>
internal sealed class ReleasesAtOnce : IBenchmark
{
    /// <summary>The wait: a slow line between packager and publisher, on which each upload takes this long.</summary>
    private static readonly TimeSpan SlowUpload = TimeSpan.FromSeconds(8);

    /// <summary>Packages that one packager works on at once.</summary>
    private const int AtOnce = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(45);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public string Name => "throughput";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        using var directory = new TempDirectory();
        using var applications = await Applications.CreateAsync(directory);
        // Nothing is deployed in the first part: what is behind packaging would only take the processors from it.
        var nowhere = directory.WriteFile("nowhere.yml", "hosts: []\n");
        var packages = settings.Repetitions(full: 48, quick: 16);
        var one = await PackagesPerMinuteAsync(1);
        rows.Add(
            new Row("packages, one packager, work that waits", "/min", [Math.Round(one, 1)])
            {
                Note =
                    $"an upload takes {SlowUpload.TotalSeconds} s on the line; {AtOnce} packages at once in a packager",
            }
        );
        var two = await PackagesPerMinuteAsync(2);
        rows.Add(new Row("packages, two packagers", "/min", [Math.Round(two, 1)]));
        rows.Add(new Row("  times as many", "x", [Math.Round(two / one, 2)]) { Goal = 1.6 });
        rows.AddRange(await CrowdAsync(applications, settings.Repetitions(full: 100, quick: 5), cancellationToken));

        async Task<double> PackagesPerMinuteAsync(int packagers) =>
            await ReleasesAtOnce.PackagesPerMinuteAsync(applications, packages, packagers, nowhere, cancellationToken);
    }

    private static async Task<double> PackagesPerMinuteAsync(
        Applications applications,
        int count,
        int packagers,
        string inventory,
        CancellationToken cancellationToken
    )
    {
        await using var line = await SlowLine.StartAsync(SlowUpload);
        await using var five = await StartAsync(
            packagers,
            "ci-coordinator:builds:provider=none",
            $"packager:jobs:concurrency={AtOnce}",
            $"deployer:inventory:path={inventory}",
            $"hosting:services:repository-publisher={line.Address}"
        );
        line.LeadsTo(five.Processes.First(process => process.Service == "repository-publisher").Address);
        await Task.WhenAll(
            Enumerable.Range(0, count).Select(i => applications.PushAsync(five, i, Applications.Commits - 1))
        );

        IReadOnlyList<StageView> packaged = [];
        await UntilAsync(
            async () =>
            {
                var stages = (await five.ReleasesAsync()).SelectMany(release => release.Stages);
                packaged = [.. stages.Where(stage => stage is { Name: "package", FinishedAt: not null })];
                return packaged.Count == count;
            },
            cancellationToken
        );
        var elapsed = packaged.Max(stage => stage.FinishedAt) - packaged.Min(stage => stage.StartedAt);
        return packaged.All(stage => stage.State == "succeeded")
            ? count / elapsed!.Value.TotalMinutes
            : throw new InvalidOperationException($"Not all was packaged:\n{five.Log}");
    }

    /// <summary>Ten commits of each application in one moment: nine to branches, which are built, and the newest to the branch
    /// that deploys, which goes all the way to a canary and a production host.</summary>
    private static async Task<IReadOnlyList<Row>> CrowdAsync(
        Applications applications,
        int count,
        CancellationToken cancellationToken
    )
    {
        await using var five = await StartAsync(packagers: 1);
        var pushes =
            from commit in Enumerable.Range(0, Applications.Commits)
            from application in Enumerable.Range(0, count)
            select (Application: application, Commit: commit);
        var total = count * Applications.Commits;
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        await Parallel.ForEachAsync(
            pushes,
            new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken },
            async (push, _) => await applications.PushAsync(five, push.Application, push.Commit)
        );
        var accepted = clock.GetElapsedTime(start);

        var deepest = (Queue: "none", Messages: 0);
        var states = new Dictionary<string, int>();
        await UntilAsync(
            async () =>
            {
                deepest = (await QueuesAsync(five)).Append(deepest).MaxBy(queue => queue.Messages);
                states = await StatesAsync(five);
                return states.Keys.All(ReleaseStates.IsFinal);
            },
            cancellationToken
        );
        var elapsed = clock.GetElapsedTime(start);
        return states.GetValueOrDefault(ReleaseStates.Completed) == total
            ?
            [
                new Row($"{total} releases at once, until all are complete", "s", [Math.Round(elapsed.TotalSeconds, 1)])
                {
                    Note = $"{count} of them to hosts; all accepted after {accepted.TotalSeconds:0.0} s",
                },
                new Row("  releases", "/min", [Math.Round(total / elapsed.TotalMinutes, 1)]),
                new Row("  most messages in a queue", "", [deepest.Messages]) { Note = deepest.Queue },
            ]
            : throw new InvalidOperationException(
                $"Of {total} releases not all are complete: {string.Join(", ", states)}\n{five.Log}"
            );
    }

    private static Task<DistributedInstallation> StartAsync(int packagers, params string[] configuration) =>
        DistributedInstallation.StartAsync(
            new DistributedSettings
            {
                Programs = SourceTree.PathOf("artifacts", "dist"),
                Replicas = new Dictionary<string, int> { ["packager"] = packagers },
                Production = ["production-1"],
                Syncs = true,
                Configuration = configuration,
            }
        );

    private static async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        for (var start = clock.GetTimestamp(); !await condition(); )
        {
            if (clock.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"Not all releases ended within {Patience}.");
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private static async Task<Dictionary<string, int>> StatesAsync(DistributedInstallation five)
    {
        var rows = await five.Postgres.QueryAsync(
            five.Database,
            """SELECT "State", count(*) FROM ingress."Releases" GROUP BY "State" """
        );
        return rows.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => row.Split('|'))
            .ToDictionary(row => row[0], row => int.Parse(row[1], CultureInfo.InvariantCulture));
    }

    private static async Task<IEnumerable<(string Queue, int Messages)>> QueuesAsync(DistributedInstallation five) =>
        (await five.Rabbit.AskAsync($"queues/{five.VirtualHost}"))
            .AsArray()
            .Select(queue => ((string)queue!["name"]!, (int?)queue["messages"] ?? 0));
}
