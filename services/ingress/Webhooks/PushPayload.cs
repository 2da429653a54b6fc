using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Canary.Ingress.Webhooks;

/// <summary>
/// The fields of GitHub's <c>push</c> and <c>ping</c> payloads that Canary reads. Octokit's own models demand fields that
/// older GitHub Enterprise versions do not send, and materialise the whole tree; everything here is optional, and what is
/// needed is checked by <see cref="PushReader"/>, which can say what is wrong.
/// </summary>
internal sealed record PushPayload
{
    public string? Ref { get; init; }

    public string? Before { get; init; }

    public string? After { get; init; }

    public bool? Deleted { get; init; }

    public string? Compare { get; init; }

    [JsonPropertyName("commits")]
    [JsonConverter(typeof(HasElements))]
    public bool? HasCommits { get; init; }

    public CommitPayload? HeadCommit { get; init; }

    public RepositoryPayload? Repository { get; init; }

    public PersonPayload? Pusher { get; init; }
}

internal sealed record CommitPayload
{
    public string? Id { get; init; }

    public string? Message { get; init; }
}

internal sealed record RepositoryPayload
{
    public string? FullName { get; init; }

    public string? CloneUrl { get; init; }

    public string? DefaultBranch { get; init; }
}

internal sealed record PersonPayload
{
    public string? Name { get; init; }
}

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
    public static PushPayload Push(ReadOnlySequence<byte> json) => Read(json, Default.PushPayload);

    /// <exception cref="JsonException">Not JSON, or a field has another type than GitHub gives it.</exception>
    public static PingPayload Ping(ReadOnlySequence<byte> json) => Read(json, Default.PingPayload);

    private static T Read<T>(ReadOnlySequence<byte> json, JsonTypeInfo<T> type)
    {
        var reader = new Utf8JsonReader(json);
        var payload = JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("The payload is null.");
        // Throws if there is more than the payload.
        reader.Read();
        return payload;
    }
}
