using Canary.Cli.Hosts.Bootstrap;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Canary.Cli.Hosts;

/// <summary>Reads YAML that people name, whatever it holds.</summary>
internal static class InventoryYaml
{
    /// <summary>Nobody nests an inventory deeper, and each level takes the stack.</summary>
    private const int Deepest = 128;

    /// <returns>Its first document; <c>null</c>: it has none.</returns>
    /// <exception cref="CliException"><c>inventory-unreadable</c></exception>
    public static YamlNode? Read(string path, string text)
    {
        try
        {
            CheckShape(path, text);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents.Count > 0 ? yaml.Documents[0].RootNode : null;
        }
        catch (YamlException e)
        {
            throw InventoryHosts.Unreadable(path, e.Start.Line, $"it is not YAML: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // So YamlDotNet says of some texts that it does not get through.
            throw InventoryHosts.Unreadable(path, 1, "it is not YAML.");
        }
    }

    /// <summary>Before nodes are made of it: deep nesting takes the stack, and an alias can stand for what it is
    /// in.</summary>
    private static void CheckShape(string path, string text)
    {
        var parser = new Parser(new StringReader(text));
        var open = new Stack<AnchorName>();
        while (parser.MoveNext())
        {
            var part = parser.Current!;
            if (part is AnchorAlias alias && open.Contains(alias.Value))
            {
                throw InventoryHosts.Unreadable(path, part.Start.Line, "an alias (*name) stands for what it is in.");
            }

            if (part.NestingIncrease > 0)
            {
                open.Push(part is NodeEvent node ? node.Anchor : default);
            }
            else if (part.NestingIncrease < 0)
            {
                open.Pop();
            }

            if (open.Count > Deepest)
            {
                throw InventoryHosts.Unreadable(path, part.Start.Line, "the nesting is too deep.");
            }
        }
    }
}
