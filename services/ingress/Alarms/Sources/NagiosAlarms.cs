using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Canary.Ingress.Alarms.Sources;

/// <summary>
/// Notifications of Nagios (and of Icinga and Naemon, which took the macros over): a form that a notification command sends, with a field for
/// each macro; docs/alarms.md has the command. Source: "Standard Macros in Nagios".
/// </summary>
internal sealed class NagiosAlarms : IAlarmSource
{
    public const string SourceName = "nagios";

    public string Name => SourceName;

    public IReadOnlyList<ReceivedAlarm> Read(ReadOnlyMemory<byte> body)
    {
        var fields = FieldsOf(body);
        var host = Needed(fields, "host");
        var type = Needed(fields, "type");
        var service = fields.GetValueOrDefault("service");
        var name = service is null ? host : $"{host}/{service}";
        return IsFiring(type) is not { } isFiring
            ? []
            :
            [
                new ReceivedAlarm
                {
                    Key = name,
                    IsFiring = isFiring,
                    Summary =
                        $"{service ?? "host"} is {fields.GetValueOrDefault("state") ?? type}: "
                        + (fields.GetValueOrDefault("output") ?? "no output"),
                    Labels = LabelsOf(fields),
                },
            ];
    }

    /// <summary>What people do about a problem (acknowledge it, plan a downtime) is none.</summary>
    private static bool? IsFiring(string type) =>
        type switch
        {
            "PROBLEM" => true,
            "RECOVERY" => false,
            _ => null,
        };

    private static Dictionary<string, string> LabelsOf(Dictionary<string, string> fields)
    {
        var labels = new Dictionary<string, string>(fields, StringComparer.Ordinal);
        labels.TryAdd("severity", fields.GetValueOrDefault("state") == "WARNING" ? "warning" : "critical");
        // The service of Nagios is a check, not an application.
        if (labels.Remove("service", out var check))
        {
            labels["check"] = check;
        }

        return labels;
    }

    private static Dictionary<string, string> FieldsOf(ReadOnlyMemory<byte> body)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var reader = new FormReader(new UTF8Encoding(false, true).GetString(body.Span))
            {
                ValueCountLimit = 50,
            };
            foreach (var (name, values) in reader.ReadForm())
            {
                // A macro that is not set is empty, or stands there as it was written.
                if (values.ToString() is { Length: > 0 } value && !value.StartsWith('$'))
                {
                    fields[name] = value;
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            throw new JsonException($"The form cannot be read: {e.Message}", e);
        }

        return fields;
    }

    private static string Needed(Dictionary<string, string> fields, string name) =>
        fields.GetValueOrDefault(name) ?? throw new JsonException($"The form has no field '{name}'.");
}
