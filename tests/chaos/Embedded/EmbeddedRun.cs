using Canary.Chaos.Tests.Audit;
using Canary.Chaos.Tests.Plan;
using Canary.EndToEnd.Tests.Fixtures;

namespace Canary.Chaos.Tests.Embedded;

/// <summary>
/// Drives releases through one server that holds all services, kills it in every state, and audits what has become of everything:
/// its bus forgets all messages each time, so a release goes on by what is stored, and by its deadlines.
/// </summary>
/// <param name="settings">What the run is made of.</param>
/// <param name="directory">Where its logs go.</param>
/// <param name="watch">Gets each line of its own log.</param>
internal sealed class EmbeddedRun(ChaosSettings settings, string directory, Action<string>? watch = null)
{
    /// <summary>A question is asked as often as in production before silence counts.</summary>
    private static readonly string[] Configuration =
    [
        $"ci-coordinator.releases.build-deadline={ChaosSettings.EmbeddedDeadline}",
        $"ci-coordinator.releases.package-deadline={ChaosSettings.EmbeddedDeadline}",
        $"ci-coordinator.releases.publish-deadline={ChaosSettings.EmbeddedDeadline}",
        $"ci-coordinator.releases.rollout-deadline={ChaosSettings.EmbeddedDeadline}",
        $"deployer.reply-deadline={ChaosSettings.EmbeddedDeadline}",
        $"deployer.host-deadline={ChaosSettings.EmbeddedDeadline}",
        "deployer.soak=00:00:01",
        // Nothing waits any more when all have ended.
        "deployer.watch=00:00:01",
        // Here processes are killed by somebody else than what they work on.
        "ci-coordinator.jobs.attempts=10",
        "packager.jobs.attempts=10",
    ];

    public async Task<ChaosReport> RunAsync(CancellationToken cancellation = default)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        Directory.CreateDirectory(directory);
        var plan = ChaosPlan.Of(settings);
        await using var server = await CanaryServer.StartAsync(Configuration);
        try
        {
            return await RunAsync(server, plan, cancellation);
        }
        finally
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "canary-server.log"), server.Log, cancellation);
        }
    }

    private async Task<ChaosReport> RunAsync(CanaryServer server, ChaosPlan plan, CancellationToken cancellation)
    {
        var stores = new EmbeddedStores(server);
        using var log = new RunLog(Path.Combine(directory, "run.log"), watch);
        using var people = new People(server, plan, log, settings.Patience);
        await people.PrepareAsync();

        log.Say($"seed {settings.Seed}: {plan.Pushes.Count} pushes, {settings.Kills} kills");
        using var operators = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var deciding = people.DecideAsync(operators.Token);
        var kills = new ServerKills(server, stores, settings, log);
        await Task.WhenAll(
            people.PushAsync(cancellation),
            people.TakeBackAsync(cancellation),
            people.ConvergeAsync(cancellation),
            kills.StrikeAsync(people, cancellation)
        );

        log.Say($"nothing is killed any more; all must have ended in {settings.Patience}");
        var unrest = await new Rest(stores, people.Accepted).AwaitAsync(settings.Patience, cancellation);
        await operators.CancelAsync();
        await deciding;

        log.Say("auditing");
        var audit = new ReleaseAudit(stores, people);
        var releases = await audit.CountAsync();
        var report = new ChaosReport
        {
            Settings = settings,
            Faults = settings.Kills,
            Releases = releases,
            Violations =
            [
                .. unrest,
                .. await audit.FindAsync(),
                .. await new HostAudit(stores, plan, people, new HostState(server)).FindAsync(),
                .. await new HookAudit(stores, server).FindAsync(),
                // What was uploaded and never published, because a newer commit came, stays until its retention is over.
                .. server
                    .LeftBehind()
                    .Where(path => !path.Contains("/incoming/", StringComparison.Ordinal))
                    .Select(path => $"{path} is left"),
                .. kills.FindSpared(),
                .. ChaosReport.TooKind(releases),
            ],
            Complaints = Complaints(server.Log),
            Directory = directory,
        };
        log.Say($"killed in: {string.Join(", ", kills.Deaths.Select(state => $"{state.Key} {state.Value}"))}");
        log.Say(report.ToString());
        return report;
    }

    private static IReadOnlyList<string> Complaints(string log) =>
        [
            .. log.Split('\n')
                .Where(line =>
                    line.Contains(" WRN ", StringComparison.Ordinal) || line.Contains(" ERR ", StringComparison.Ordinal)
                )
                .TakeLast(20),
        ];
}
