using System.Diagnostics.Metrics;
using System.Text.Json;
using Canary.Durability;

namespace Canary.Ingress;

/// <summary>What the read model counts: it sees every release and every rollout once.</summary>
internal static class IngressMeters
{
    private static readonly Meter Source = new(DurabilityMeters.MeterName);

    /// <summary>Releases that have ended.</summary>
    public static readonly Counter<long> Releases = Source.CreateCounter<long>(
        "canary.releases",
        "{release}",
        "Releases that have ended. Tags `application`, and `outcome`: completed, failed, rolled-back or superseded."
    );

    /// <summary>Rollouts that have ended.</summary>
    public static readonly Counter<long> Rollouts = Source.CreateCounter<long>(
        "canary.rollouts",
        "{rollout}",
        "Rollouts that have ended. Tags `application`, and `outcome`: completed, failed, rolled-back or superseded."
    );

    public static void Count(this Counter<long> counter, string application, string state) =>
        counter.Add(1, new("application", application), new("outcome", OutcomeOf(state)));

    private static string OutcomeOf(string state) => JsonNamingPolicy.KebabCaseLower.ConvertName(state);
}
