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

    /// <summary>How long hosts take to be free of requests.</summary>
    public static readonly Histogram<double> Drains = Source.CreateHistogram(
        "canary.traffic.drain.duration",
        "s",
        "How long the load balancers took to keep requests away from a host before its update, its turn included. Tag `result`: drained, "
            + "timed-out (it had connections all the same) or not-drained.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300] }
    );

    public static void RecordDrain(string result, TimeSpan taken) =>
        Drains.Record(taken.TotalSeconds, new KeyValuePair<string, object?>("result", result));

    public static void Record(string purpose, Failure? failure, TimeSpan taken) =>
        HostUpdates.Record(taken.TotalSeconds, new("purpose", purpose), new("result", failure?.Code ?? "succeeded"));
}
