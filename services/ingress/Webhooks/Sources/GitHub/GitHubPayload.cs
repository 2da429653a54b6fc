using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Canary.Ingress.Webhooks.Sources.GitHub;

internal sealed record PingPayload
{
    public string? Zen { get; init; }

    public RepositoryPayload? Repository { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PushPayload))]
[JsonSerializable(typeof(PingPayload))]
internal sealed partial class PayloadJson : JsonSerializerContext
{
    /// <exception cref="JsonException">Not JSON, or a field has another type than GitHub gives it.</exception>
    public static PushPayload Push(ReadOnlySequence<byte> json) => PayloadReader.Read(json, Default.PushPayload);

    /// <exception cref="JsonException">Not JSON, or a field has another type than GitHub gives it.</exception>
    public static PingPayload Ping(ReadOnlySequence<byte> json) => PayloadReader.Read(json, Default.PingPayload);
}
