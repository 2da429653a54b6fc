using System.Diagnostics.Metrics;
using Canary.Contracts;
using Canary.Durability;

namespace Canary.Deployer;

/// <summary>What the deployer measures of its work on hosts.</summary>
internal static class DeployerMeters
{
    private static readonly Meter Source = new(DurabilityMeters.MeterName);

    /// <summary>How long hosts take.</summary>
    public static readonly Histogram<double> HostUpdates = Source.CreateHistogram(
        "canary.host.update.duration",
        "s",
        "How long a host took with all tries: to be brought to a version and be healthy, or to be looked at. Tags `purpose`: update or check; "
            + "and `result`: succeeded, or the code of the failure.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800],
        }
    );

    public static void Record(string purpose, Failure? failure, TimeSpan taken) =>
        HostUpdates.Record(taken.TotalSeconds, new("purpose", purpose), new("result", failure?.Code ?? "succeeded"));
}
