using System.Text.Json;

namespace Canary.Ingress.Alarms.Sources;

/// <summary>
/// The webhook of Prometheus' Alertmanager, and the list of alerts of its API. Sources: prometheus.io, "Alerting / Configuration",
/// <c>webhook_config</c>, version 4; <c>api/v2/openapi.yaml</c>, <c>gettableAlert</c>.
/// </summary>
internal sealed class AlertmanagerAlarms : IAlarmSource
{
    public const string SourceName = "alertmanager";

    private const string Firing = "firing";

    private const string Resolved = "resolved";

    public string Name => SourceName;

    public IReadOnlyList<ReceivedAlarm> Read(ReadOnlyMemory<byte> body)
    {
        var group = AlarmJson.Read(body, AlarmJson.Default.AlertmanagerGroup);
        return group.Version == "4"
            ? [.. (group.Alerts ?? []).OfType<SentAlert>().Select(alert => AlarmOf(alert, IsFiring(alert.Status)))]
            : throw new JsonException($"Its version is '{group.Version}'; Canary reads version 4.");
    }

    /// <summary>Reads the answer of <c>GET /api/v2/alerts?active=true</c>: all of them fire.</summary>
    /// <exception cref="JsonException">The body is something else.</exception>
    public static IReadOnlyList<ReceivedAlarm> ReadList(ReadOnlyMemory<byte> body) =>
        [
            .. AlarmJson
                .Read(body, AlarmJson.Default.IReadOnlyListAlert)
                .OfType<Alert>()
                .Select(alert => AlarmOf(alert, isFiring: true)),
        ];

    private static bool IsFiring(string? status) =>
        status switch
        {
            Firing => true,
            Resolved => false,
            _ => throw new JsonException($"The status of an alert is neither '{Firing}' nor '{Resolved}'."),
        };

    private static ReceivedAlarm AlarmOf(Alert alert, bool isFiring)
    {
        var labels = AlarmJson.Texts(alert.Labels);
        var annotations = AlarmJson.Texts(alert.Annotations);
        return new ReceivedAlarm
        {
            Key = alert.Fingerprint ?? throw new JsonException("An alert has no fingerprint."),
            IsFiring = isFiring,
            Beginning = alert.StartsAt,
            Summary =
                annotations.GetValueOrDefault("summary")
                ?? annotations.GetValueOrDefault("description")
                ?? labels.GetValueOrDefault("alertname")
                ?? "an alert without a name",
            Labels = labels,
        };
    }

    internal sealed record AlertmanagerGroup
    {
        public string? Version { get; init; }

        public IReadOnlyList<SentAlert?>? Alerts { get; init; }
    }

    internal record Alert
    {
        public IReadOnlyDictionary<string, string?>? Labels { get; init; }

        public IReadOnlyDictionary<string, string?>? Annotations { get; init; }

        public string? StartsAt { get; init; }

        public string? Fingerprint { get; init; }
    }

    /// <summary>In the API, <c>status</c> is something else, which nobody needs.</summary>
    internal sealed record SentAlert : Alert
    {
        public string? Status { get; init; }
    }
}
