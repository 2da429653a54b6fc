using Canary.Contracts.Releases;
using Canary.Fleet.Tests.Audit;
using Canary.Fleet.Tests.Plan;
using Canary.Fleet.Tests.World;

namespace Canary.Fleet.Tests;

/// <summary>
/// Releases good and broken versions to machines with systemd behind two HAProxy, while people look at the application all the time, and
/// load balancers and Canary itself die; and audits that nobody has noticed.
/// </summary>
/// <param name="settings">What the run is made of.</param>
/// <param name="directory">Where its logs go.</param>
/// <param name="watch">Gets each line of its own log.</param>
internal sealed class FleetRun(FleetSettings settings, string directory, Action<string>? watch = null)
{
    /// <summary>The version that the fleet has before anybody looks at it.</summary>
    private static readonly Round First = new(0, RoundKind.Promoted, []);

    public async Task<FleetReport> RunAsync(CancellationToken cancellation = default)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        Directory.CreateDirectory(directory);
        using var log = new RunLog(Path.Combine(directory, "run.log"), watch);
        await using var world = await FleetWorld.StartAsync(settings, log, cancellation);
        try
        {
            return await RunAsync(world, log, cancellation);
        }
        finally
        {
            await File.WriteAllTextAsync(
                Path.Combine(directory, "canary-server.log"),
                world.Server.Log,
                CancellationToken.None
            );
        }
    }

    private async Task<FleetReport> RunAsync(FleetWorld world, RunLog log, CancellationToken cancellation)
    {
        using var shop = await Shop.CreateAsync();
        var rounds = FleetPlan.Of(settings);
        var version = await BeginAsync(world, shop).WaitAsync(cancellation);
        log.Say("the first release runs everywhere, and the load begins");

        var begin = log.Elapsed;
        await using var visitors = new Visitors(world.Balancers, settings);
        var people = new People(world.Server, shop, visitors, settings);
        var breakage = new Breakage(world, people, settings, log);
        var fleet = new FleetAudit(world);
        var retries = new RetryAudit(world.Balancers);
        var violations = new List<string>();
        var ended = 0;
        foreach (var round in rounds)
        {
            cancellation.ThrowIfCancellationRequested();
            log.Say(round.ToString());
            try
            {
                await retries.BeginAsync();
                var commit = await people.PushAsync(round);
                var striking = breakage.StrikeAsync(round, commit, cancellation);
                await people.PlayAsync(round, commit).WaitAsync(cancellation);
                violations.AddRange(await striking);
                version = round.Stays ? (await people.LookAsync(commit))!.Version! : version;
                await SettleAsync(fleet, version).WaitAsync(cancellation);
                violations.AddRange(await retries.FindAsync(round));
                ended++;
            }
            catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
            {
                log.Say($"  {exception.Message}");
                violations.Add($"{round} did not end as planned: {exception.Message.Split('\n')[0]}");
                break;
            }
        }

        await visitors.EndAsync();
        var requests = new RequestAudit(rounds, settings, visitors);
        var report = new FleetReport
        {
            Settings = settings,
            Rounds = ended,
            Broken = breakage.Counts,
            Answered = visitors.Answered,
            Repeated = visitors.Repeated,
            Excused = requests.Excused,
            Length = log.Elapsed - begin,
            Violations = [.. violations, .. await fleet.FindAsync(version), .. requests.Find()],
            Directory = directory,
        };
        log.Say(report.ToString());
        return report;
    }

    /// <returns>The version that the fleet runs.</returns>
    private async Task<string> BeginAsync(FleetWorld world, Shop shop)
    {
        var commit = await shop.PushAsync(world.Server, First.Number, First.Behaviour);
        var release = await world.Server.ReleaseInAsync(commit, "AwaitingPromotion");
        (await world.Server.DecideAsync(release, "promote")).EnsureSuccessStatusCode();
        var version = (await world.Server.ReleaseInAsync(commit, ReleaseStates.Completed)).Version!;
        await SettleAsync(new FleetAudit(world), version);
        return version;
    }

    /// <summary>Load balancers look at servers each second, and may have been down a moment ago.</summary>
    private Task SettleAsync(FleetAudit fleet, string version) =>
        Eventually.PassesAsync(
            async () =>
            {
                var found = await fleet.FindAsync(version);
                if (found.Count > 0)
                {
                    throw new InvalidOperationException(string.Join("; ", found));
                }
            },
            settings.Patience
        );
}
