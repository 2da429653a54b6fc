using Canary.Chaos.Tests.Audit;
using Canary.Chaos.Tests.Faults;
using Canary.Chaos.Tests.Plan;

namespace Canary.Chaos.Tests;

/// <summary>
/// Drives releases through five separate services, with replicas, while things break; lets the pipeline come to rest; and
/// audits what has become of everything.
/// </summary>
/// <param name="settings">What the run is made of.</param>
/// <param name="directory">Where its logs go.</param>
/// <param name="watch">Gets each line of its own log.</param>
/// <param name="programs">Directory of the services' programs; <c>null</c>: those that were built with the tests.</param>
internal sealed class ChaosRun(
    ChaosSettings settings,
    string directory,
    Action<string>? watch = null,
    string? programs = null
)
{
    private static readonly Dictionary<string, string> LocalHost = new() { ["canary-transport"] = "local" };

    /// <summary>Waits are short, so that what was lost is asked for soon; patience is long, so that an outage only delays.</summary>
    private static readonly string[] Configuration =
    [
        "hosting:consul:Wait=00:00:05",
        "hosting:consul:TimeLimit=00:00:02",
        "ingress:RepublishAfter=00:00:02",
        "ingress:RepublishAtMost=00:00:10",
        "ci-coordinator:jobs:Lease=00:00:05",
        "ci-coordinator:jobs:Concurrency=2",
        "ci-coordinator:jobs:Attempts=10",
        "ci-coordinator:releases:BuildDeadline=00:00:15",
        "ci-coordinator:releases:PackageDeadline=00:00:15",
        "ci-coordinator:releases:PublishDeadline=00:00:10",
        "ci-coordinator:releases:RolloutDeadline=00:00:15",
        "ci-coordinator:releases:AcknowledgementDeadline=00:00:03",
        "packager:jobs:Lease=00:00:05",
        "packager:jobs:Attempts=10",
        "deployer:ReplyDeadline=00:00:10",
        "deployer:HostDeadline=00:00:20",
        "deployer:Resends=100",
        // Nothing waits any more when all have ended.
        "deployer:Watch=00:00:01",
        "deployer:HostTries=20",
        "deployer:HostRetryDelay=00:00:01",
        "deployer:inventory:RetryDelay=00:00:01",
    ];

    public async Task<ChaosReport> RunAsync(CancellationToken cancellation = default)
    {
        // The services append to their logs, also to those of an older run.
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        Directory.CreateDirectory(directory);
        var plan = ChaosPlan.Of(settings);
        await using var installation = await DistributedInstallation.StartAsync(
            new DistributedSettings
            {
                Replicas = new Dictionary<string, int>
                {
                    ["packager"] = 2,
                    ["repository-publisher"] = 2,
                    ["deployer"] = 2,
                },
                WithConsul = true,
                WithClocks = true,
                Configuration = Configuration,
                LogDirectory = directory,
                Programs = programs,
            }
        );
        await RegisterHostsAsync(installation, plan);
        await Task.WhenAll(FaultPlan.Queues.Select(queue => RepeatedMessages.WatchAsync(installation, queue)));
        await AnswerAudit.WatchAsync(installation);
        using var log = new RunLog(Path.Combine(directory, "run.log"), watch);
        using var people = new People(installation, plan, log, settings.Patience);
        await people.PrepareAsync();
        var stores = new SharedStores(installation);

        log.Say($"seed {settings.Seed}: {plan.Pushes.Count} pushes, {plan.Faults.Count} faults");
        using var operators = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var deciding = people.DecideAsync(operators.Token);
        await Task.WhenAll(
            people.PushAsync(cancellation),
            people.TakeBackAsync(cancellation),
            people.ConvergeAsync(cancellation),
            BreakAsync(installation, plan, log, cancellation)
        );

        log.Say("nothing breaks any more; waiting for the pipeline to come to rest");
        var unrest = await new Rest(
            stores,
            people.Accepted,
            () => installation.Rabbit.CountsAsync(installation.VirtualHost)
        ).AwaitAsync(settings.Patience, cancellation);
        await operators.CancelAsync();
        await deciding;

        log.Say("auditing");
        var audit = new FullAudit(installation, stores, plan, people);
        var releases = await audit.CountReleasesAsync();
        var report = new ChaosReport
        {
            Settings = settings,
            Faults = plan.Faults.Count,
            Releases = releases,
            Violations = [.. unrest, .. await audit.FindViolationsAsync(), .. ChaosReport.TooKind(releases)],
            Directory = directory,
        };
        log.Say(report.ToString());
        return report;
    }

    private static async Task RegisterHostsAsync(DistributedInstallation installation, ChaosPlan plan)
    {
        foreach (var application in plan.Applications)
        {
            foreach (var host in application.Hosts)
            {
                var tag = $"{application.Name}::app{(host == application.Canary ? "_canary" : "")}";
                await installation.Consul!.RegisterAsync(host, application.Name, [tag], metadata: LocalHost);
            }
        }
    }

    // One after the other where they hit the same target, else side by side.
    private static Task BreakAsync(
        DistributedInstallation installation,
        ChaosPlan plan,
        RunLog log,
        CancellationToken cancellation
    )
    {
        var last = new Dictionary<string, Task>();
        foreach (var fault in plan.Faults)
        {
            var before = Task.WhenAll(
                fault.Targets.Select(target => last.GetValueOrDefault(target, Task.CompletedTask))
            );
            var done = BreakAsync(before, installation, fault, log, cancellation);
            foreach (var target in fault.Targets)
            {
                last[target] = done;
            }
        }

        return Task.WhenAll(last.Values);
    }

    private static async Task BreakAsync(
        Task before,
        DistributedInstallation installation,
        Fault fault,
        RunLog log,
        CancellationToken cancellation
    )
    {
        await before;
        if (fault.At > log.Elapsed)
        {
            await Task.Delay(fault.At - log.Elapsed, TimeProvider.System, cancellation);
        }

        log.Say(fault.ToString());
        try
        {
            await fault.StrikeAsync(installation);
        }
        catch (Exception exception) when (exception is HttpRequestException or ToolFailedException)
        {
            log.Say($"but it could not be done: {exception.Message.ReplaceLineEndings(" ")}");
        }

        if (fault.For > TimeSpan.Zero)
        {
            await Task.Delay(fault.For, TimeProvider.System, cancellation);
            await fault.MendAsync(installation);
            log.Say($"over: {fault.What}");
        }
    }
}
