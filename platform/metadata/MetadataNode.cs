using Canary.Failures;

namespace Canary.Metadata;

/// <summary>A value of a metadata file, whatever its syntax, with the place where it stands.</summary>
/// <param name="Where">For messages, for example <c>canary.yml, line 3</c>.</param>
public abstract record MetadataNode(string Where)
{
    private const int LongestQuote = 120;

    /// <summary>A single text.</summary>
    public TextNode AsText(string key) =>
        this as TextNode ?? throw Wrong(key, "must be a single value", $"Write `{key}: VALUE`.");

    /// <summary>A list of texts; a single text stands for a list of one.</summary>
    public IReadOnlyList<TextNode> AsTexts(string key) =>
        this switch
        {
            TextNode text => [text],
            ListNode list => [.. list.Items.Select(item => item.AsText(key))],
            _ => throw Wrong(key, "must be a list", $"Write `{key}: [VALUE, VALUE]`."),
        };

    /// <summary>A group of keys.</summary>
    public MapNode AsMap(string key) =>
        this as MapNode
        ?? throw Wrong(key, "must be a group of keys", $"Put its keys, indented, on the lines after `{key}:`.");

    /// <summary>An error of this value.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="fault">What is wrong, as in <c>must be …</c>.</param>
    /// <param name="remedy">What to write instead.</param>
    /// <param name="code">Identifier for scripts.</param>
    public CanaryException Wrong(
        string key,
        string fault,
        string remedy,
        string code = MetadataCodes.MetadataValueInvalid
    ) => new(code, $"{Where}: {Quote(key)} {fault}.", remedy);

    protected static string Quote(string text)
    {
        var shown = ShownText.Of(text);
        return shown.Length <= LongestQuote ? $"`{shown}`" : $"`{shown[..LongestQuote]}…`";
    }
}

/// <summary>A single value, as it is written.</summary>
public sealed record TextNode(string Where, string Text) : MetadataNode(Where)
{
    /// <summary>An error of this value that quotes it.</summary>
    public CanaryException Invalid(
        string key,
        string fault,
        string remedy,
        string code = MetadataCodes.MetadataValueInvalid
    ) => new(code, $"{Where}: the {key} {Quote(Text)} {fault}.", remedy);
}

/// <summary>A list.</summary>
public sealed record ListNode(string Where, IReadOnlyList<MetadataNode> Items) : MetadataNode(Where);

/// <summary>Keys and values, in order; no key stands twice.</summary>
public sealed record MapNode(string Where, IReadOnlyList<MetadataEntry> Entries) : MetadataNode(Where)
{
    /// <summary>The value of a key.</summary>
    /// <returns><c>null</c> if it does not stand there.</returns>
    public MetadataNode? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
}

/// <summary>A key without a value.</summary>
public sealed record EmptyNode(string Where) : MetadataNode(Where);

/// <summary>A key and its value.</summary>
public sealed record MetadataEntry(string Where, string Key, MetadataNode Value);
