using System.Text.Json;
using System.Text.Json.Serialization;

namespace Canary.Ingress.Webhooks.Sources;

/// <summary>What is known of the commits of a push: the first and the last of the list, one of which is the newest.</summary>
internal sealed record CommitList(bool Any, CommitPayload? First, CommitPayload? Last)
{
    /// <summary>A commit of the list; <c>null</c>: it is not there.</summary>
    public CommitPayload? Find(string? id) =>
        Last?.Id == id ? Last
        : First?.Id == id ? First
        : null;
}

/// <summary>Reads a list of commits, however long, and keeps two of them.</summary>
internal sealed class CommitListReader : JsonConverter<CommitList>
{
    public override CommitList Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("It is no list.");
        }

        var any = false;
        CommitPayload? first = null;
        CommitPayload? last = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            last = JsonSerializer.Deserialize(ref reader, CommitJson.Default.CommitPayload);
            first ??= last;
            any = true;
        }

        return new CommitList(any, first, last);
    }

    public override void Write(Utf8JsonWriter writer, CommitList value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Payloads are only read.");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CommitPayload))]
internal sealed partial class CommitJson : JsonSerializerContext;
