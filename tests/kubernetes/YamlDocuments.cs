using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Canary.Kubernetes.Tests;

/// <summary>YAML as the API server reads it: as JSON.</summary>
internal static class YamlDocuments
{
    public static IReadOnlyList<JsonObject> Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(document => ToJson(document.RootNode)!.AsObject())];
    }

    private static JsonNode? ToJson(YamlNode node) =>
        node switch
        {
            YamlMappingNode mapping => new JsonObject(
                mapping.Select(entry => KeyValuePair.Create(((YamlScalarNode)entry.Key).Value!, ToJson(entry.Value)))
            ),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Select(ToJson)]),
            YamlScalarNode { Style: ScalarStyle.Plain } plain => ToJson(plain.Value!),
            _ => JsonValue.Create(((YamlScalarNode)node).Value),
        };

    private static JsonValue? ToJson(string plain) =>
        plain switch
        {
            "" or "null" or "~" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) =>
                JsonValue.Create(number),
            _ when double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
                JsonValue.Create(number),
            _ => JsonValue.Create(plain),
        };
}
