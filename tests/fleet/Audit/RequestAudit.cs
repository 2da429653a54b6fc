using System.Globalization;
using Canary.Fleet.Tests.Plan;
using Canary.Fleet.Tests.World;
using Canary.Testing.Load;

namespace Canary.Fleet.Tests.Audit;

/// <summary>No request failed but those that a release that does so answered itself, on a canary; and nobody else ever saw a release that
/// was not for production.</summary>
internal sealed class RequestAudit(IReadOnlyList<Round> rounds, FleetSettings settings, Visitors visitors)
{
    /// <summary>How many requests failed by a release itself.</summary>
    public int Excused => visitors.Failures.Count(IsExcused);

    public IEnumerable<string> Find() =>
        [
            .. visitors.Failures.Where(failure => !IsExcused(failure)).Select(Describe),
            .. visitors
                .Seen.Where(it => !settings.Canaries.Contains(it.Server) && !IsForProduction(it.Version))
                .Select(it => $"{it.Server} answered with {it.Version}, which was for canaries only"),
        ];

    private bool IsExcused(FailedRequest failure) =>
        failure.Answer is { Server: { } server, Body: var body }
        && settings.Canaries.Contains(server)
        && rounds.Any(round =>
            round.Behaviour == Behaviour.FailsSomeRequests
            && body.StartsWith(Shop.BrokenBy(round.Number), StringComparison.Ordinal)
        );

    private bool IsForProduction(string version) =>
        version == Shop.VersionOf(0)
        || rounds.Any(round =>
            Shop.VersionOf(round.Number) == version
            && round.Kind is RoundKind.Promoted or RoundKind.RolledBackInAWave or RoundKind.RolledBackAfterPromotion
        );

    private static string Describe(FailedRequest failure) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"a request failed at {failure.At:mm\\:ss\\.fff} of the load, sent to {failure.Address}: {failure.Reason}"
        );
}
