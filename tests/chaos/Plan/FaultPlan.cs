using Canary.Chaos.Tests.Faults;
using Canary.Contracts;

namespace Canary.Chaos.Tests.Plan;

/// <summary>Decides what breaks, when, and for how long.</summary>
internal static class FaultPlan
{
    private static readonly string[] Processes =
    [
        "ingress",
        "ci-coordinator",
        "packager-1",
        "packager-2",
        "repository-publisher-1",
        "repository-publisher-2",
        "deployer-1",
        "deployer-2",
    ];

    private static readonly string[] Ahead = ["ci-coordinator", "repository-publisher-1"];

    private static readonly string[] DeployerQueues =
    [
        .. ServiceQueues.All.Where(queue => queue.StartsWith("deployer-", StringComparison.Ordinal)),
    ];

    /// <summary>Queues that lose messages, or get them again.</summary>
    public static IReadOnlyList<string> Queues { get; } =
    [
        "ci-coordinator-admit-push",
        "ci-coordinator-release",
        "ci-coordinator-start-build",
        .. DeployerQueues,
        "ingress-release-projection",
        "ingress-rollout-projection",
        "packager-build-package",
        "repository-publisher-advertise-version",
        "repository-publisher-keep-versions",
        "repository-publisher-publish-package",
    ];

    private static readonly Func<Random, TimeSpan, Fault>[] Kinds =
    [
        (random, at) => new KilledProcess(at, Between(random, 0, 4), Any(Processes, random)),
        (random, at) => new FrozenProcess(at, Between(random, 2, 12), Any(Processes, random)),
        (random, at) => new StoppedProcess(at, Between(random, 0, 3), Any(Processes, random)),
        (random, at) => new BrokerDown(at, Between(random, 0, 5)),
        (random, at) => new DatabaseDown(at, Between(random, 0, 5)),
        (random, at) => new ConsulDown(at, Between(random, 2, 12), IsFrozen: random.Next(2) == 0),
        (random, at) => new CutConnections(at, OfBroker: random.Next(2) == 0),
        (random, at) => Purge(at, Between(random, 1, 4), Any(Queues, random)),
        (random, at) => new RepeatedMessages(at, Any(Queues, random)),
        (random, at) =>
            new MovedClock(
                at,
                Between(random, 5, 30),
                Any([.. Processes.Except(Ahead)], random),
                TimeSpan.FromHours(random.Next(2) == 0 ? -1 : 1)
            ),
    ];

    /// <summary>How likely each kind is; killing is what there is most of.</summary>
    private static readonly int[] Weights = [6, 3, 2, 1, 1, 1, 3, 2, 4, 4];

    /// <summary>What a server may take to come back.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(15);

    public static IReadOnlyList<Fault> Of(ChaosSettings settings, Random random)
    {
        // What the last push leads to is lost, and no newer commit makes up for it.
        var last = Purge(settings.Length - TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), "packager-build-package");
        return
        [
            .. ByChance(settings, random, last)
                .Concat(PurgesOfTheDeployer(settings, random))
                .Concat(WrongClocks(settings))
                .Append(last)
                .Concat(FinalRepeats(settings, last))
                .OrderBy(fault => fault.At),
        ];
    }

    private static IEnumerable<Fault> ByChance(ChaosSettings settings, Random random, PurgedQueue last)
    {
        // Each kind once, in some order, before chance decides.
        var first = new Queue<int>(Enumerable.Range(0, Kinds.Length).OrderBy(_ => random.Next()));
        var until = new Dictionary<string, TimeSpan>();
        for (
            var at = TimeSpan.FromSeconds(1);
            at < settings.Length;
            at += settings.FaultEvery * (0.3 + (1.4 * random.NextDouble()))
        )
        {
            var fault = Kinds[first.TryDequeue(out var kind) ? kind : AnyKind(random)](random, at);
            // What is broken already cannot break again before it was mended.
            if (!IsInTheWayOf(last, fault) && fault.Targets.All(target => until.GetValueOrDefault(target) <= at))
            {
                foreach (var target in fault.Targets)
                {
                    until[target] = at + fault.For + TimeSpan.FromSeconds(1);
                }

                yield return fault;
            }
        }
    }

    /// <summary>One that signs, and one that waits for others, are an hour ahead for most of the run: what they have dated shows when
    /// it is over.</summary>
    private static IEnumerable<MovedClock> WrongClocks(ChaosSettings settings) =>
        Ahead.Select(process => new MovedClock(
            settings.Length * 0.05,
            settings.Length * 0.85,
            process,
            TimeSpan.FromHours(1)
        ));

    /// <summary>Each of the deployer's queues is emptied once, in some order.</summary>
    private static IEnumerable<PurgedQueue> PurgesOfTheDeployer(ChaosSettings settings, Random random) =>
        settings.EmptiesAllOfTheDeployer
            ? DeployerQueues
                .OrderBy(_ => random.Next())
                .Select(
                    (queue, number) =>
                        Purge(
                            settings.Length * (number + 0.5) / (DeployerQueues.Length + 1),
                            Between(random, 1, 4),
                            queue
                        )
                )
            : [];

    private static bool IsInTheWayOf(PurgedQueue last, Fault fault) =>
        fault.At + fault.For > last.At - Calm && fault.Targets.Intersect(last.Targets).Any();

    /// <summary>Old messages come again when nothing is left to hide what they do; not those that were just lost.</summary>
    private static IEnumerable<Fault> FinalRepeats(ChaosSettings settings, PurgedQueue last) =>
        Queues.Where(queue => queue != last.Queue).Select(queue => new RepeatedMessages(settings.Length, queue));

    private static PurgedQueue Purge(TimeSpan at, TimeSpan time, string queue) =>
        new(
            at,
            time,
            queue,
            [.. Processes.Where(process => queue.StartsWith(ServiceOf(process) + "-", StringComparison.Ordinal))]
        );

    private static string ServiceOf(string process) => process.TrimEnd('-', '1', '2');

    private static int AnyKind(Random random)
    {
        var left = random.Next(Weights.Sum());
        var kind = 0;
        while (left >= Weights[kind])
        {
            left -= Weights[kind++];
        }

        return kind;
    }

    private static string Any(IReadOnlyList<string> names, Random random) => names[random.Next(names.Count)];

    private static TimeSpan Between(Random random, double least, double most) =>
        TimeSpan.FromMilliseconds(Math.Round(1000 * (least + ((most - least) * random.NextDouble()))));
}
