using System.Text.Json;

namespace Canary.Cli.Init;

/// <summary>Fields of a JSON object that somebody else has written: what is not of the expected kind is not there.</summary>
internal readonly struct JsonFields(JsonElement element)
{
    public static JsonFields None { get; }

    public string? Text(string name) =>
        Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public JsonFields Object(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Object } value ? new JsonFields(value) : None;

    /// <summary>Whether there is something of that name that is not empty.</summary>
    public bool Has(string name) =>
        Find(name) switch
        {
            { ValueKind: JsonValueKind.Object } value => value.EnumerateObject().Any(),
            { ValueKind: JsonValueKind.Array } value => value.GetArrayLength() > 0,
            { ValueKind: JsonValueKind.String } value => value.GetString()!.Length > 0,
            { ValueKind: JsonValueKind.True } => true,
            _ => false,
        };

    public IReadOnlyList<string> Names =>
        element.ValueKind == JsonValueKind.Object ? [.. element.EnumerateObject().Select(it => it.Name)] : [];

    private JsonElement? Find(string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
