using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary><c>docs/cli.md</c>, which is generated: on a difference, the new text is left beside it.</summary>
internal static class Manual
{
    public static void Match(string text)
    {
        var committed = SourceTree.PathOf("docs", "cli.md");
        var received = SourceTree.PathOf("docs", "cli.received.md");
        var expected = File.Exists(committed) ? File.ReadAllText(committed) : "";
        text = text.TrimEnd('\n') + "\n";
        if (expected == text)
        {
            File.Delete(received);
            return;
        }
        Directory.CreateDirectory(SourceTree.PathOf("docs"));
        File.WriteAllText(received, text);
        throw new SnapshotMismatchException(
            $"docs/cli.md is not what --help says.\n{Snapshot.Difference(expected, text)}\n"
                + "If the change is meant: mv docs/cli.received.md docs/cli.md"
        );
    }
}
