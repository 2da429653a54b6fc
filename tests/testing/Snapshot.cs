using System.Runtime.CompilerServices;
using System.Text;

namespace Canary.Testing;

/// <summary>
/// Compares a text with the file of that name in the folder <c>Snapshots</c> beside the test. On a difference the text is
/// left beside it as <c>NAME.received.EXT</c>: check it, then move it over the snapshot and commit it with the change
/// that caused it.
/// </summary>
public static class Snapshot
{
    private const int Context = 3;

    /// <summary>Throws <see cref="SnapshotMismatchException"/> with the difference unless the text is as committed.</summary>
    /// <param name="actual">The text; line ends are compared as <c>\n</c>.</param>
    /// <param name="name">File name with extension, for example <c>contracts.txt</c>.</param>
    /// <param name="sourceFile">Filled in by the compiler.</param>
    public static void Match(string actual, string name, [CallerFilePath] string sourceFile = "") =>
        MatchFile(actual, Path.Combine(SourceTree.FolderOf(sourceFile), "Snapshots", name));

    /// <summary>As <see cref="Match"/>, with a file of its own place: for pages and schemas that the code determines.</summary>
    /// <param name="actual">The text; line ends are compared as <c>\n</c>.</param>
    /// <param name="path">The committed file; relative to the repository's top folder.</param>
    public static void MatchFile(string actual, string path)
    {
        ArgumentNullException.ThrowIfNull(actual);

        var committed = SourceTree.PathOf(path);
        var received = Path.ChangeExtension(committed, ".received" + Path.GetExtension(path));
        var text = Normalize(actual);
        var before = File.Exists(committed) ? Normalize(File.ReadAllText(committed)) : null;
        if (before == text)
        {
            File.Delete(received);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(committed)!);
        File.WriteAllText(received, text);
        throw new SnapshotMismatchException(
            $"""
            {Path.GetRelativePath(SourceTree.Root, committed)} differs.
            {(before is null ? "It does not exist yet." : Difference(before, text))}
            If the change is meant: mv {Quote(received)} {Quote(committed)}
            """
        );
    }

    /// <summary>The lines that differ, each with a few lines around it: <c>-</c> committed, <c>+</c> received.</summary>
    public static string Difference(string expected, string actual)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(actual);

        var lines = Align(expected.Split('\n'), actual.Split('\n'));
        var shown = new bool[lines.Count];
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Mark != ' ')
            {
                for (var near = Math.Max(0, i - Context); near <= Math.Min(lines.Count - 1, i + Context); near++)
                {
                    shown[near] = true;
                }
            }
        }

        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            if (shown[i])
            {
                text.Append(lines[i].Mark).Append(' ').Append(lines[i].Text).Append('\n');
            }
            else if (i > 0 && shown[i - 1])
            {
                text.Append("  …\n");
            }
        }

        return text.ToString().TrimEnd('\n');
    }

    private static List<(char Mark, string Text)> Align(string[] expected, string[] actual)
    {
        // The longest common subsequence; what both begin and end with is set aside first, so that a long snapshot with
        // a small change stays cheap.
        var start = 0;
        while (start < Math.Min(expected.Length, actual.Length) && expected[start] == actual[start])
        {
            start++;
        }

        var end = 0;
        while (end < Math.Min(expected.Length, actual.Length) - start && expected[^(end + 1)] == actual[^(end + 1)])
        {
            end++;
        }

        var left = expected[start..^end];
        var right = actual[start..^end];
        var common = new int[left.Length + 1][];
        common[left.Length] = new int[right.Length + 1];
        for (var i = left.Length - 1; i >= 0; i--)
        {
            common[i] = new int[right.Length + 1];
            for (var j = right.Length - 1; j >= 0; j--)
            {
                common[i][j] =
                    left[i] == right[j] ? common[i + 1][j + 1] + 1 : Math.Max(common[i + 1][j], common[i][j + 1]);
            }
        }

        var lines = expected[..start].Select(line => (' ', line)).ToList();
        for (int i = 0, j = 0; i < left.Length || j < right.Length; )
        {
            if (i < left.Length && j < right.Length && left[i] == right[j])
            {
                lines.Add((' ', left[i]));
                i++;
                j++;
            }
            else if (i < left.Length && (j == right.Length || common[i + 1][j] >= common[i][j + 1]))
            {
                lines.Add(('-', left[i++]));
            }
            else
            {
                lines.Add(('+', right[j++]));
            }
        }

        lines.AddRange(expected[(expected.Length - end)..].Select(line => (' ', line)));
        return lines;
    }

    private static string Normalize(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n') + "\n";

    private static string Quote(string path) =>
        $"'{Path.GetRelativePath(SourceTree.Root, path).Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

/// <summary>A text is not as its snapshot says.</summary>
public sealed class SnapshotMismatchException(string message) : Exception(message);
