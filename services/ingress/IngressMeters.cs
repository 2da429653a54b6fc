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

    /// <summary>Looks at repositories.</summary>
    public static readonly Counter<long> Looks = Source.CreateCounter<long>(
        "canary.repository.looks",
        "{look}",
        "Looks at repositories for pushes that nothing announced. Tag `outcome`: read or failed."
    );

    /// <summary>Pushes that were taken in.</summary>
    public static readonly Counter<long> Pushes = Source.CreateCounter<long>(
        "canary.pushes",
        "{push}",
        "Pushes by what became of them. Tags `source`: github, gitea, gitlab or polling, and `outcome`: accepted, duplicate, ignored or refused."
    );

    public static void CountPush(string source, string outcome) =>
        Pushes.Add(1, new("source", source), new("outcome", outcome));

    public static void Count(this Counter<long> counter, string application, string state) =>
        counter.Add(1, new("application", application), new("outcome", OutcomeOf(state)));

    private static string OutcomeOf(string state) => JsonNamingPolicy.KebabCaseLower.ConvertName(state);
}
