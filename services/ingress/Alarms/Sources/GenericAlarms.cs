using System.Text.Json;

namespace Canary.Ingress.Alarms.Sources;

/// <summary>Alarms of anything else, in Canary's own form; docs/alarms.md describes it.</summary>
internal sealed class GenericAlarms : IAlarmSource
{
    public string Name => "generic";

    public IReadOnlyList<ReceivedAlarm> Read(ReadOnlyMemory<byte> body)
    {
        var message = AlarmJson.Read(body, AlarmJson.Default.Message);
        return
        [
            new ReceivedAlarm
            {
                Key =
                    message.Key
                    ?? throw new JsonException(
                        "It has no 'key', which tells the alarm from others and stays the same."
                    ),
                IsFiring =
                    message.Firing
                    ?? throw new JsonException("It has no 'firing': true when it begins, false when it is over."),
                Summary = message.Summary ?? message.Key,
                Labels = LabelsOf(message),
            },
        ];
    }

    private static Dictionary<string, string> LabelsOf(Message message) =>
        AlarmJson.Texts([
            .. message.Labels ?? new Dictionary<string, string?>(),
            new("application", message.Application),
            new("host", message.Host),
            new("severity", message.Severity),
        ]);

    internal sealed record Message
    {
        public string? Key { get; init; }

        public bool? Firing { get; init; }

        public string? Application { get; init; }

        public string? Host { get; init; }

        public string? Severity { get; init; }

        public string? Summary { get; init; }

        public IReadOnlyDictionary<string, string?>? Labels { get; init; }
    }
}
