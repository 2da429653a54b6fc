using System.Globalization;
using Canary.Chaos.Tests.Faults;

namespace Canary.Chaos.Tests.Plan;

/// <summary>All that a run does from outside, and when. Made of the settings alone, so a seed can be run again.</summary>
internal sealed record ChaosPlan
{
    public required IReadOnlyList<Application> Applications { get; init; }

    /// <summary>In the order of their times.</summary>
    public required IReadOnlyList<Push> Pushes { get; init; }

    /// <summary>Times at which somebody takes back whatever an application has under way.</summary>
    public required IReadOnlyList<SuddenRollback> Rollbacks { get; init; }

    /// <summary>Times at which somebody has all hosts brought to what they should run.</summary>
    public required IReadOnlyList<TimeSpan> Convergences { get; init; }

    /// <summary>In the order of their times.</summary>
    public required IReadOnlyList<Fault> Faults { get; init; }

    private static readonly TimeSpan ConvergeEvery = TimeSpan.FromSeconds(15);

    public static ChaosPlan Of(ChaosSettings settings)
    {
        var random = new Random(settings.Seed);
        List<Application> applications =
        [
            .. Enumerable
                .Range(1, settings.Applications)
                .Select(number => new Application
                {
                    Name = string.Create(CultureInfo.InvariantCulture, $"app-{number:00}"),
                    NeedsPromotion = random.Next(3) == 0,
                    Canary = settings.Canaries[number % settings.Canaries.Count],
                    Production =
                    [
                        settings.Production[number % settings.Production.Count],
                        settings.Production[(number + 1) % settings.Production.Count],
                    ],
                }),
        ];
        return new ChaosPlan
        {
            Applications = applications,
            Pushes =
            [
                .. PushesOf(settings, applications, random).OrderBy(push => push.At),
                LastPush(settings, applications),
            ],
            Rollbacks =
            [
                .. applications
                    .Where(_ => random.Next(4) == 0)
                    .Select(application => new SuddenRollback(TimeIn(settings, random), application)),
            ],
            Convergences =
            [
                .. Enumerable
                    .Range(1, (int)(settings.Length / ConvergeEvery))
                    .Select(number => (number * ConvergeEvery) - (random.NextDouble() * ConvergeEvery)),
            ],
            Faults = FaultPlan.Of(settings, random),
        };
    }

    private static IEnumerable<Push> PushesOf(ChaosSettings settings, List<Application> applications, Random random) =>
        Enumerable
            .Range(0, settings.Pushes - 1)
            .Select(number => new Push
            {
                At = TimeIn(settings, random),
                // Each gets its share; the rest is chance.
                Application = applications[number % applications.Count],
                IsHealthy = random.Next(6) != 0,
                BuildTime = TimeSpan.FromMilliseconds(random.Next(4) == 0 ? random.Next(2000) : 0),
                Repeats = (Repeat)Math.Max(0, random.Next(-3, 3)),
                // The others are there to be superseded, or to supersede.
                IsPatient = random.Next(10) < 7,
            });

    /// <summary>One that must reach production, since none comes after it.</summary>
    private static Push LastPush(ChaosSettings settings, List<Application> applications) =>
        new()
        {
            At = settings.Length,
            Application = applications[0],
            IsHealthy = true,
            BuildTime = TimeSpan.Zero,
            Repeats = Repeat.No,
            IsPatient = false,
        };

    private static TimeSpan TimeIn(ChaosSettings settings, Random random) => settings.Length * random.NextDouble();
}

/// <summary>An application of the run, and the hosts that it goes to.</summary>
internal sealed record Application
{
    public required string Name { get; init; }

    /// <summary>Whether a person must let its canaries go on to production.</summary>
    public required bool NeedsPromotion { get; init; }

    public required string Canary { get; init; }

    public required IReadOnlyList<string> Production { get; init; }

    public IEnumerable<string> Hosts => Production.Prepend(Canary);
}

/// <summary>A commit that is pushed.</summary>
internal sealed record Push
{
    public required TimeSpan At { get; init; }

    public required Application Application { get; init; }

    /// <summary>Whether the health check of the commit passes.</summary>
    public required bool IsHealthy { get; init; }

    /// <summary>How long its build script sleeps.</summary>
    public required TimeSpan BuildTime { get; init; }

    public required Repeat Repeats { get; init; }

    /// <summary>Whether it waits until the release of the push before has ended.</summary>
    public required bool IsPatient { get; init; }
}

/// <summary>Whether GitHub, or a person there, sends a push again after it was accepted.</summary>
internal enum Repeat
{
    No,

    /// <summary>With the id of the delivery, as GitHub's redelivery does.</summary>
    SameDelivery,

    /// <summary>As a new delivery.</summary>
    NewDelivery,
}

/// <summary>A person takes back what an application has under way.</summary>
internal sealed record SuddenRollback(TimeSpan At, Application Application);
