using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Testing;
using Canary.Testing.Installations;

namespace Canary.Benchmarks;

/// <summary>
/// Releases of a small application, one after the other, from the signed webhook to a canary that runs the commit. The scripts
/// of the application do nothing; their time, measured beside it, is taken off. What apt and dpkg need on the same host for the
/// same package is measured by hand right after, so that the table shows how much of the time is theirs.
/// </summary>
internal sealed class TimedReleases : IDisposable
{
    private const string Application = "small";

    /// <summary>Releases that are not counted: the first installation differs from an upgrade, and code that has run a few
    /// times only is not compiled for speed yet.</summary>
    private const int WarmUps = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly GitRepository _repository;

    private TimedReleases(GitRepository repository) => _repository = repository;

    public static async Task<TimedReleases> CreateAsync(TempDirectory directory)
    {
        var repository = await GitRepository.CreateInAsync(directory.Combine(Application));
        repository.WithConventionScripts().WithFile("canary.yml", "description: A small application\n");
        for (var i = 0; i < 20; i++)
        {
            repository.WithFile($"lib/module{i}.txt", string.Concat(Enumerable.Repeat($"line of module {i}\n", 500)));
        }

        return new TimedReleases(repository);
    }

    /// <param name="installation">Where: its applications have the hosts <c>canary-1</c> and <c>production-1</c>, no soak, and
    /// wait for promotion.</param>
    /// <param name="repetitions">How many releases count.</param>
    /// <param name="goal">Milliseconds that the design asks for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<Row>> MeasureAsync(
        Installation installation,
        int repetitions,
        double goal,
        CancellationToken cancellationToken
    )
    {
        var runs = new List<Run>();
        for (var i = 1; i <= WarmUps + repetitions; i++)
        {
            _repository.WithFile("content.txt", $"Version {i}\n");
            var commit = await _repository.CommitAsync($"Change {i}");
            var run = await ReleaseAsync(installation, commit, cancellationToken);
            runs.Add(
                run with
                {
                    Scripts = await ScriptTimeAsync(cancellationToken),
                    Apt = await AptTimeAsync(installation, run, runs.LastOrDefault(), cancellationToken),
                }
            );
        }

        var counted = runs.Skip(WarmUps).ToList();
        return
        [
            Row.Milliseconds("webhook to canary running", counted.Select(run => run.Total)),
            Row.Milliseconds("  the second one after the start", [runs[1].Total]),
            Row.Milliseconds("  the scripts' own time", counted.Select(run => run.Scripts)),
            Row.Milliseconds("  apt and dpkg by hand, same host and package", counted.Select(run => run.Apt!.Value)),
            Row.Milliseconds("  without the scripts", counted.Select(run => run.Total - run.Scripts)) with
            {
                Goal = goal,
            },
            Row.Milliseconds(
                "  without scripts, apt and dpkg",
                counted.Select(run => run.Total - run.Scripts - run.Apt!.Value)
            ),
            .. counted[0]
                .Stages.Keys.Select(stage =>
                    Row.Milliseconds($"    stage {stage}", counted.Select(run => run.Stages[stage]))
                ),
            Row.Milliseconds("    between the stages", counted.Select(run => run.Total - Sum(run.Stages.Values))),
        ];
    }

    public void Dispose() => _repository.Dispose();

    private static TimeSpan Sum(IEnumerable<TimeSpan> times) =>
        times.Aggregate(TimeSpan.Zero, (sum, time) => sum + time);

    private async Task<Run> ReleaseAsync(Installation installation, string commit, CancellationToken cancellationToken)
    {
        var pushedAt = TimeProvider.System.GetUtcNow();
        using var answer = await installation.PushAsync(_repository, commit, Application);
        if (answer.StatusCode != HttpStatusCode.Accepted)
        {
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(cancellationToken));
        }

        // The server stamps the stages, with the same clock; asking costs it little and is not part of the figure.
        var release = await UntilAsync(
            installation,
            commit,
            release => StateOf(release, "canary") == "succeeded",
            cancellationToken
        );
        var stages = release["stages"]!
            .AsArray()
            .TakeWhile(stage => (string?)stage!["name"] is not ("soak" or "promotion"))
            .ToDictionary(
                stage => (string)stage!["name"]!,
                stage => Time(stage!, "finishedAt") - Time(stage!, "startedAt")
            );
        var reachedAt = release["stages"]!.AsArray().Single(stage => (string?)stage!["name"] == "canary")!;
        await FinishAsync(installation, commit, release, cancellationToken);
        return new Run(Time(reachedAt, "finishedAt") - pushedAt, stages, (string)release["version"]!);
    }

    /// <summary>Takes the release to its end, so that the next one does not wait for it.</summary>
    private static async Task FinishAsync(
        Installation installation,
        string commit,
        JsonNode release,
        CancellationToken cancellationToken
    )
    {
        await UntilAsync(
            installation,
            commit,
            r => (string?)r["phase"] == "AwaitingPromotion" || IsFinal(r),
            cancellationToken
        );
        using var answer = await installation.Http.PostAsync(
            new Uri($"/api/releases/{(string)release["id"]!}/promote", UriKind.Relative),
            new StringContent("{}", System.Text.Encoding.UTF8, "application/json"),
            cancellationToken
        );
        answer.EnsureSuccessStatusCode();
        var end = await UntilAsync(installation, commit, IsFinal, cancellationToken);
        if ((string?)end["state"] != "Completed")
        {
            throw new InvalidOperationException($"The release did not complete:\n{end}");
        }
    }

    private static async Task<JsonNode> UntilAsync(
        Installation installation,
        string commit,
        Func<JsonNode, bool> condition,
        CancellationToken cancellationToken
    )
    {
        var clock = Stopwatch.StartNew();
        JsonNode? release = null;
        while (clock.Elapsed < Patience)
        {
            var list = await GetAsync(
                installation,
                $"/api/releases?application={Application}&limit=1",
                cancellationToken
            );
            release = list["releases"]!.AsArray().FirstOrDefault(r => (string?)r!["commit"] == commit);
            if (release is not null)
            {
                release = await GetAsync(installation, $"/api/releases/{(string)release["id"]!}", cancellationToken);
                if (condition(release))
                {
                    return release;
                }

                if (IsFinal(release))
                {
                    break;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        throw new InvalidOperationException($"The release of {commit} did not get there:\n{release}");
    }

    private static async Task<JsonNode> GetAsync(
        Installation installation,
        string path,
        CancellationToken cancellationToken
    ) =>
        JsonNode.Parse(await installation.Http.GetStringAsync(new Uri(path, UriKind.Relative), cancellationToken))
        ?? throw new JsonException($"{path} is empty.");

    private static bool IsFinal(JsonNode release) =>
        (string?)release["state"] is "Completed" or "Failed" or "RolledBack" or "Superseded";

    private static string? StateOf(JsonNode release, string stage) =>
        (string?)release["stages"]!.AsArray().FirstOrDefault(s => (string?)s!["name"] == stage)?["state"];

    private static DateTimeOffset Time(JsonNode stage, string field) =>
        DateTimeOffset.Parse((string)stage[field]!, CultureInfo.InvariantCulture);

    private async Task<TimeSpan> ScriptTimeAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        foreach (var script in new[] { "script/cisetup", "script/cibuild" })
        {
            await ProcessRunner.OutputOfAsync(
                Path.Combine(_repository.Path, script),
                [],
                _repository.Path,
                cancellationToken: cancellationToken
            );
        }

        return clock.Elapsed;
    }

    /// <summary>Goes back to the version before, untimed, and then to this one again, as the deployer did.</summary>
    private static async Task<TimeSpan?> AptTimeAsync(
        Installation installation,
        Run run,
        Run? before,
        CancellationToken cancellationToken
    )
    {
        if (before is null)
        {
            return null;
        }

        var root = installation.HostRoot("canary-1");
        var environment = new Dictionary<string, string?>
        {
            ["APT_CONFIG"] = Path.Combine(root, "etc", "apt", "apt.conf"),
            ["DEBIAN_FRONTEND"] = "noninteractive",
        };
        await AptAsync("install", "-y", "-q", "--allow-downgrades", $"{Application}={before.Version}");
        // To the deployer's apt the index was new.
        foreach (var list in Directory.EnumerateFiles(Path.Combine(root, "var", "lib", "apt", "lists"), "*dists*"))
        {
            File.Delete(list);
        }

        var clock = Stopwatch.StartNew();
        await AptAsync("update", "-q");
        await AptAsync("install", "-y", "-q", "--allow-downgrades", $"{Application}={run.Version}");
        return clock.Elapsed;

        Task AptAsync(params string[] arguments) =>
            ProcessRunner.OutputOfAsync("apt-get", arguments, root, environment, cancellationToken: cancellationToken);
    }

    private sealed record Run(TimeSpan Total, IReadOnlyDictionary<string, TimeSpan> Stages, string Version)
    {
        public TimeSpan Scripts { get; init; }

        public TimeSpan? Apt { get; init; }
    }
}
