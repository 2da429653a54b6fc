using Canary.Contracts.Releases;

namespace Canary.Chaos.Tests;

/// <summary>How a run ended.</summary>
internal sealed record ChaosReport
{
    public required ChaosSettings Settings { get; init; }

    public required int Faults { get; init; }

    /// <summary>How many releases ended in each state.</summary>
    public required IReadOnlyDictionary<string, int> Releases { get; init; }

    /// <summary>What should not be; empty: all is well.</summary>
    public required IReadOnlyList<string> Violations { get; init; }

    /// <summary>What the servers complained of last, for who has this report and not the logs.</summary>
    public IReadOnlyList<string> Complaints { get; init; } = [];

    /// <summary>Directory with the logs.</summary>
    public required string Directory { get; init; }

    /// <summary>A run in which most releases give way to newer ones shows little: at least half must run to an end of their own.
    /// </summary>
    public static IEnumerable<string> TooKind(IReadOnlyDictionary<string, int> releases)
    {
        var all = releases.Values.Sum();
        var superseded = releases.GetValueOrDefault(ReleaseStates.Superseded);
        return 2 * superseded > all ? [$"{superseded} of {all} releases were superseded, which is more than half"] : [];
    }

    public override string ToString()
    {
        var releases = string.Join(", ", Releases.Select(state => $"{state.Value} {state.Key}"));
        var verdict = Violations.Count == 0 ? "passed" : $"{Violations.Count} violations";
        return $"seed {Settings.Seed}: {verdict}; {Releases.Values.Sum()} releases ({releases}), {Faults} faults\n"
            + string.Concat(Violations.Select(violation => $"  - {violation}\n"))
            + string.Concat(Violations.Count == 0 ? [] : Complaints.Select(line => $"  > {line}\n"))
            + $"  logs: {Directory}";
    }
}
