using System.Text.Json;
using System.Text.Json.Serialization;

namespace Canary.Ingress.Webhooks;

/// <summary>Whether an array holds anything. What it holds is skipped: a list of millions costs no memory.</summary>
internal sealed class HasElements : JsonConverter<bool?>
{
    public override bool? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("It is no list.");
        }

        var any = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            any = true;
            reader.Skip();
        }

        return any;
    }

    public override void Write(Utf8JsonWriter writer, bool? value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Payloads are only read.");
}
