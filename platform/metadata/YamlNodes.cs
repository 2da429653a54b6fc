using Canary.Failures;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Canary.Metadata;

/// <summary>Reads the plain part of YAML: texts, lists, groups. Aliases are refused, and so are deep nesting and long lists, so that a file
/// from a repository cannot grow without bound, exhaust the stack, or take the parser more than a moment.</summary>
public static class YamlNodes
{
    private const int DeepestLevel = 8;

    private const int LongestList = 1000;

    private const string Correct = "Correct the YAML there; the cause may be a line above.";

    /// <summary>Reads a file of at most one document, which must be a group of keys; an empty one has none.</summary>
    /// <exception cref="CanaryException">It is something else; names the line.</exception>
    public static MapNode Parse(string file, string text)
    {
        using var reader = new StringReader(text);
        var parser = new Parser(reader);
        try
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
            {
                return new MapNode(file, []);
            }

            parser.Consume<DocumentStart>();
            var root = Read(file, parser, 1);
            parser.Consume<DocumentEnd>();
            if (!parser.TryConsume<StreamEnd>(out _))
            {
                throw Fault(file, parser.Current!.Start, "a second document begins", "Keep one document in the file.");
            }

            return root switch
            {
                MapNode map => map,
                EmptyNode => new MapNode(file, []),
                _ => throw new CanaryException(
                    MetadataCodes.MetadataSyntax,
                    $"{root.Where}: the file must hold keys and values.",
                    "Write lines such as `version: 1.0.0`; docs/canary-yml.md lists the keys."
                ),
            };
        }
        catch (YamlException e)
        {
            var cause = e.InnerException?.Message ?? e.Message;
            throw Fault(file, e.Start, cause.TrimEnd('.'), Correct, e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // So YamlDotNet says of some texts that it does not get through.
            throw Fault(file, parser.Current?.End ?? Mark.Empty, "what follows is not YAML", Correct, e);
        }
    }

    private static MetadataNode Read(string file, Parser parser, int level)
    {
        var start = parser.Current!.Start;
        var where = Where(file, start);
        if (level > DeepestLevel)
        {
            throw Fault(file, start, "the nesting is too deep", "No key of canary.yml needs more than three levels.");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null"
                ? new EmptyNode(where)
                : new TextNode(where, scalar.Value);
        }

        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<MetadataNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                if (items.Count == LongestList)
                {
                    throw Fault(
                        file,
                        parser.Current!.Start,
                        $"a list has more than {LongestList} entries",
                        "Say the same in fewer, for example with `*` and `**`."
                    );
                }

                items.Add(Read(file, parser, level + 1));
            }

            return new ListNode(where, items);
        }

        if (parser.TryConsume<MappingStart>(out _))
        {
            var entries = new List<MetadataEntry>();
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var at = parser.Current!.Start;
                if (!parser.TryConsume<Scalar>(out var key))
                {
                    throw Fault(file, at, "a key must be a plain word", "Write `key: value`.");
                }

                if (!keys.Add(key.Value))
                {
                    throw Fault(file, at, $"`{key.Value}` stands there for the second time", "Remove one of the two.");
                }

                entries.Add(new MetadataEntry(Where(file, at), key.Value, Read(file, parser, level + 1)));
            }

            return new MapNode(where, entries);
        }

        throw Fault(file, start, "aliases (`*name`) are not supported", "Write the value out.");
    }

    private static string Where(string file, Mark mark) => $"{file}, line {mark.Line}";

    private static CanaryException Fault(
        string file,
        Mark mark,
        string fault,
        string remedy,
        Exception? innerException = null
    ) => new(MetadataCodes.MetadataSyntax, $"{Where(file, mark)}: {fault}.", remedy, innerException);
}
