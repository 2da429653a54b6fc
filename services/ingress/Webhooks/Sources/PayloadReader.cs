using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Canary.Ingress.Webhooks.Sources;

/// <summary>Reads JSON from a body in pieces.</summary>
internal static class PayloadReader
{
    /// <exception cref="JsonException">Not JSON, or a field has another type than it should.</exception>
    public static T Read<T>(ReadOnlySequence<byte> json, JsonTypeInfo<T> type)
    {
        var reader = new Utf8JsonReader(json);
        var payload = JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("The payload is null.");
        // Throws if there is more than the payload.
        reader.Read();
        return payload;
    }
}
