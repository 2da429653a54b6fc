using Spectre.Console.Rendering;

namespace Canary.Cli.Terminal;

/// <summary>How the columns of a listing share the width of a terminal: what can be spared leaves, and what is long is shortened.</summary>
internal static class TableLayout
{
    // A blank on each side of a column, a line after it, and one before them all.
    private const int Around = 3;
    private const int Edge = 1;

    // A version is told from its neighbours by that much, and a title begins to say something.
    private const int LeastWidth = 18;
    private const int LeastWidthOfText = 10;

    /// <summary>A column that is shown.</summary>
    internal sealed record Share(int Place, Column Column, int Least)
    {
        public int Width { get; set; }
    }

    /// <returns>What is shown, from the left; <c>null</c>: the terminal is too narrow for a table.</returns>
    public static IReadOnlyList<Share>? Fit(
        IReadOnlyList<Column> columns,
        IReadOnlyList<IReadOnlyList<string>> rows,
        int width
    )
    {
        var shown = columns.Select((_, place) => ShareOf(columns, rows, place)).ToList();
        while (Taken(shown, share => share.Least) > width)
        {
            if (shown.Where(share => share.Column.Spare > 0).MinBy(share => share.Column.Spare) is not { } spared)
            {
                return null;
            }
            shown.Remove(spared);
        }
        while (Taken(shown, share => share.Width) > width)
        {
            shown.MaxBy(share => share.Width - share.Least)!.Width--;
        }
        return shown;
    }

    /// <summary>The text, or as much of its beginning as has room.</summary>
    public static string Shorten(string text, int width, string ellipsis) =>
        WidthOf(text) <= width
            ? text
            : Segment.Truncate(new Segment(text), width - ellipsis.Length)?.Text.TrimEnd() + ellipsis;

    private static Share ShareOf(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows, int place)
    {
        var column = columns[place];
        var natural = rows.Max(row => Math.Max(WidthOf(column.Name), WidthOf(row[place])));
        var least = place == columns.Count - 1 && !column.Wraps ? LeastWidthOfText : LeastWidth;
        return new Share(place, column, Math.Min(natural, Math.Max(least, WidthOf(column.Name)))) { Width = natural };
    }

    private static int Taken(IEnumerable<Share> shown, Func<Share, int> width) =>
        shown.Sum(share => width(share) + Around) + Edge;

    private static int WidthOf(string text) => Segment.CellCount([new Segment(text)]);
}
