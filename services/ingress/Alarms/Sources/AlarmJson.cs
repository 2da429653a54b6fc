using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Canary.Ingress.Alarms.Sources;

/// <summary>How the bodies of alarms are read. Everything in them is optional; what is needed, each source asks for.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, MaxDepth = 32)]
[JsonSerializable(typeof(AlertmanagerAlarms.AlertmanagerGroup))]
[JsonSerializable(typeof(IReadOnlyList<AlertmanagerAlarms.Alert>), TypeInfoPropertyName = "IReadOnlyListAlert")]
[JsonSerializable(typeof(NewRelicAlarms.Issue))]
[JsonSerializable(typeof(GenericAlarms.Message))]
internal sealed partial class AlarmJson : JsonSerializerContext
{
    /// <exception cref="JsonException">Not JSON, or not of this shape.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type)
        where T : class => JsonSerializer.Deserialize(json.Span, type) ?? throw new JsonException("The body is null.");

    /// <summary>The entries that have a value.</summary>
    public static Dictionary<string, string> Texts(IEnumerable<KeyValuePair<string, string?>>? entries)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in entries ?? [])
        {
            if (value is not null)
            {
                texts[name] = value;
            }
        }

        return texts;
    }
}
