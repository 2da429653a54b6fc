using System.Text.Json;
using Canary.Failures;

namespace Canary.Packager.Metadata;

/// <summary>Reads a JSON file.</summary>
internal static class JsonNodes
{
    private static readonly JsonDocumentOptions Options = new()
    {
        MaxDepth = 16,
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads a file, which must hold an object.</summary>
    /// <exception cref="CanaryException">It holds something else, or is no JSON.</exception>
    public static MapNode Parse(string file, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return Read(file, document.RootElement) as MapNode
                ?? throw new CanaryException(
                    MetadataCodes.MetadataSyntax,
                    $"{file}: the file must hold a JSON object.",
                    """Write an object such as {"version": "1.0.0", "description": "My shop"}."""
                );
        }
        catch (JsonException e)
        {
            var line = e.LineNumber is { } number ? $", line {number + 1}" : "";
            throw new CanaryException(
                MetadataCodes.MetadataSyntax,
                $"{file}{line}: it is not valid JSON: {e.Message.Split(" LineNumber:")[0].TrimEnd('.')}.",
                "Correct the JSON there.",
                e
            );
        }
    }

    private static MetadataNode Read(string where, JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => new MapNode(
                where,
                [.. element.EnumerateObject().Select(p => new MetadataEntry(where, p.Name, Read(where, p.Value)))]
            ),
            JsonValueKind.Array => new ListNode(where, [.. element.EnumerateArray().Select(item => Read(where, item))]),
            JsonValueKind.Null => new EmptyNode(where),
            JsonValueKind.String => new TextNode(where, element.GetString()!),
            // A number keeps its digits: 1.10 is not 1.1.
            _ => new TextNode(where, element.GetRawText()),
        };
}
