using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MassTransit;
using RabbitMQ.Client;

namespace Canary.Durability.Messaging;

/// <summary>Reads a message of an error queue. Nothing in it is trusted to be there.</summary>
internal static class FailedMessageReader
{
    public static FailedMessage Read(string queue, BasicGetResult message)
    {
        var headers = message.BasicProperties.Headers;
        var body = Json(message.Body.Span);
        var content = Member(body, "message");
        return new FailedMessage
        {
            Id = IdOf(message),
            Queue = queue,
            Type = (Member(body, "messageType") as JsonArray)?.FirstOrDefault()?.ToString().Split(':')[^1],
            FailedAt = DateTimeOffset.TryParse(
                Text(headers, MessageHeaders.FaultTimestamp),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var at
            )
                ? at
                : null,
            Fault = Text(headers, MessageHeaders.FaultExceptionType),
            Reason = Text(headers, MessageHeaders.FaultMessage),
            // The header counts what came after the first try.
            Attempts = 1 + Number(headers, MessageHeaders.FaultRetryCount),
            ReleaseId = Id(Member(content, "releaseId")) ?? Id(Member(Member(content, "push"), "releaseId")),
            RolloutId = Id(Member(content, "rolloutId")),
            Body = body,
        };
    }

    public static Guid IdOf(BasicGetResult message) =>
        Guid.TryParse(message.BasicProperties.MessageId, out var id) ? id : Guid.Empty;

    public static long Deliveries(BasicGetResult message) =>
        Number(message.BasicProperties.Headers, "x-delivery-count") ?? 0;

    private static JsonNode? Json(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return JsonValue.Create(Encoding.UTF8.GetString(body));
        }
    }

    private static JsonNode? Member(JsonNode? node, string name) => (node as JsonObject)?[name];

    private static Guid? Id(JsonNode? node) => Guid.TryParse(node?.ToString(), out var id) ? id : null;

    private static int? Number(IDictionary<string, object?>? headers, string name) =>
        int.TryParse(Text(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static string? Text(IDictionary<string, object?>? headers, string name) =>
        headers?.TryGetValue(name, out var value) != true ? null
        : value is byte[] bytes ? Encoding.UTF8.GetString(bytes)
        : Convert.ToString(value, CultureInfo.InvariantCulture);
}
