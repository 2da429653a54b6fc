namespace Canary.Chaos.Tests.Plan;

/// <summary>The hosts of a run.</summary>
internal static class Fleet
{
    public static IReadOnlyList<string> Canaries { get; } = ["canary-1", "canary-2"];

    public static IReadOnlyList<string> Production { get; } =
    ["production-1", "production-2", "production-3", "production-4"];

    public static IEnumerable<string> Hosts => Canaries.Concat(Production);
}
