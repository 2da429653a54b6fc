using System.Globalization;
using Canary.Fleet.Tests.Plan;

namespace Canary.Fleet.Tests;

/// <summary>How a run ended.</summary>
internal sealed record FleetReport
{
    public required FleetSettings Settings { get; init; }

    /// <summary>How many rounds came to the end that was planned.</summary>
    public required int Rounds { get; init; }

    /// <summary>How often things were broken.</summary>
    public required IReadOnlyDictionary<DisturbanceKind, int> Broken { get; init; }

    /// <summary>How many requests were answered as they should be.</summary>
    public required int Answered { get; init; }

    /// <summary>How many of them by the other load balancer, because the first one was dead.</summary>
    public required int Repeated { get; init; }

    /// <summary>How many were failed by a release itself, on a canary.</summary>
    public required int Excused { get; init; }

    /// <summary>How long the load lasted.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>What should not be; empty: all is well.</summary>
    public required IReadOnlyList<string> Violations { get; init; }

    /// <summary>Directory with the logs.</summary>
    public required string Directory { get; init; }

    public override string ToString()
    {
        var broken = string.Join(", ", Broken.OrderBy(it => it.Key).Select(it => $"{it.Value} {it.Key}"));
        var verdict = Violations.Count == 0 ? "passed" : $"{Violations.Count} violations";
        return string.Create(
                CultureInfo.InvariantCulture,
                $"seed {Settings.Seed}: {verdict}; {Rounds} of {Settings.Rounds.Count} rounds on {Settings.Hosts.Count} hosts in {Length:mm\\:ss}; "
            )
            + $"{broken}; {Answered} requests answered, {Repeated} of them by the other load balancer, "
            + $"{Excused} failed by a broken release on canaries\n"
            + string.Concat(Violations.Select(violation => $"  - {violation}\n"))
            + $"  logs: {Directory}";
    }
}
