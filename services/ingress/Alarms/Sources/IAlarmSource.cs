using System.Text.Json;

namespace Canary.Ingress.Alarms.Sources;

/// <summary>What sends alarms, and in which form.</summary>
internal interface IAlarmSource
{
    /// <summary>Its place in <c>/webhooks/alarms/…</c>.</summary>
    string Name { get; }

    /// <summary>Reads what it sent; what is no alarm (a test, an acknowledgement) is left out.</summary>
    /// <exception cref="JsonException">The body is not what the source sends.</exception>
    IReadOnlyList<ReceivedAlarm> Read(ReadOnlyMemory<byte> body);
}
