using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Canary.Durability;

/// <summary>What the stores of the services measure of their own work.</summary>
public static class DurabilityMeters
{
    /// <summary>Name of the meter, the same in each project: hosts listen to it.</summary>
    public const string MeterName = "Canary";

    private static readonly Meter Source = new(MeterName);

    private static readonly ConcurrentDictionary<object, Backlog> Backlogs = new();

    /// <summary>Committed messages that should have left by now.</summary>
    public static readonly ObservableGauge<long> OutboxMessages = Source.CreateObservableGauge(
        "canary.outbox.messages",
        () => Observe(backlog => backlog.Messages),
        "{message}",
        "Committed messages whose time has come and that the bus has not confirmed. Tag `service`."
    );

    /// <summary>How late the oldest of them is.</summary>
    public static readonly ObservableGauge<double> OutboxAge = Source.CreateObservableGauge(
        "canary.outbox.age",
        () => Observe(backlog => backlog.OldestMessage.TotalSeconds),
        "s",
        "How long the oldest of those messages has waited; 0 without any. Tag `service`."
    );

    /// <summary>Jobs that nobody works on.</summary>
    public static readonly ObservableGauge<long> WaitingJobs = Source.CreateObservableGauge(
        "canary.jobs.waiting",
        () => Observe(backlog => backlog.Jobs),
        "{job}",
        "Builds and other long work whose time has come and that no worker has taken. Tag `service`."
    );

    /// <summary>How long the oldest of them has waited.</summary>
    public static readonly ObservableGauge<double> JobsAge = Source.CreateObservableGauge(
        "canary.jobs.age",
        () => Observe(backlog => backlog.OldestJob.TotalSeconds),
        "s",
        "How long the oldest of those jobs has waited; 0 without any. Tag `service`."
    );

    internal static void Set(object store, Backlog backlog) => Backlogs[store] = backlog;

    internal static void Forget(object store) => Backlogs.TryRemove(store, out _);

    private static IEnumerable<Measurement<T>> Observe<T>(Func<Backlog, T> value)
        where T : struct =>
        Backlogs.Values.Select(backlog => new Measurement<T>(
            value(backlog),
            new KeyValuePair<string, object?>("service", backlog.Service)
        ));
}

/// <summary>What waits in the store of a service.</summary>
internal sealed record Backlog(string Service, long Messages, TimeSpan OldestMessage, long Jobs, TimeSpan OldestJob);
