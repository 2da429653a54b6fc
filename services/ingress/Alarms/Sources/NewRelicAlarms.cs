using System.Text.Json;
using System.Text.Json.Serialization;

namespace Canary.Ingress.Alarms.Sources;

/// <summary>
/// New Relic's workflows with their default template, and its legacy channels. Users edit these templates: what is missing is done without.
/// Sources: docs.newrelic.com, "Notification message templates" and "Customize your webhook payload" (legacy).
/// </summary>
internal sealed class NewRelicAlarms : IAlarmSource
{
    public const string SourceName = "newrelic";

    public string Name => SourceName;

    public IReadOnlyList<ReceivedAlarm> Read(ReadOnlyMemory<byte> body)
    {
        var issue = AlarmJson.Read(body, AlarmJson.Default.Issue);
        var key = TextOf(issue.Id) ?? TextOf(issue.IncidentId);
        return IsFiring(issue.State ?? issue.CurrentState) is not { } isFiring || key is null
            ? []
            :
            [
                new ReceivedAlarm
                {
                    Key = key,
                    IsFiring = isFiring,
                    Summary = FirstOf(issue.Title) ?? issue.Details ?? issue.ConditionName ?? $"issue {key}",
                    Labels = LabelsOf(issue),
                },
            ];
    }

    /// <summary>An acknowledged issue fires on, and has been told of.</summary>
    private static bool? IsFiring(string? state) =>
        state?.ToUpperInvariant() switch
        {
            "CREATED" or "ACTIVATED" or "OPEN" => true,
            "RESOLVED" or "CLOSED" => false,
            "ACKNOWLEDGED" or "DEACTIVATED" => null,
            _ => throw new JsonException("It has no 'state' (or, of legacy channels, 'current_state') that is known."),
        };

    private static Dictionary<string, string> LabelsOf(Issue issue) =>
        AlarmJson.Texts([
            new("alertname", FirstOf(issue.AlertConditionNames) ?? issue.ConditionName),
            new("policy", FirstOf(issue.AlertPolicyNames) ?? issue.PolicyName),
            new("entity", FirstOf(issue.ImpactedEntities)),
            new("host", FirstOf(issue.ImpactedEntities)),
            new("severity", issue.Priority ?? issue.Severity),
            new("application", issue.Application),
        ]);

    /// <summary>Templates give lists as such, or as the one text that was in them.</summary>
    private static string? FirstOf(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select(it => TextOf(it)).FirstOrDefault(it => it is not null)
            : TextOf(value);

    private static string? TextOf(JsonElement? value) =>
        value switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
            _ => null,
        };

    internal sealed record Issue
    {
        public JsonElement? Id { get; init; }

        public string? State { get; init; }

        public JsonElement? Title { get; init; }

        public string? Priority { get; init; }

        public JsonElement? ImpactedEntities { get; init; }

        public JsonElement? AlertPolicyNames { get; init; }

        public JsonElement? AlertConditionNames { get; init; }

        /// <summary>For templates that name it.</summary>
        public string? Application { get; init; }

        [JsonPropertyName("incident_id")]
        public JsonElement? IncidentId { get; init; }

        [JsonPropertyName("current_state")]
        public string? CurrentState { get; init; }

        [JsonPropertyName("condition_name")]
        public string? ConditionName { get; init; }

        [JsonPropertyName("policy_name")]
        public string? PolicyName { get; init; }

        public string? Severity { get; init; }

        public string? Details { get; init; }
    }
}
