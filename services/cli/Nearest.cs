namespace Canary.Cli;

/// <summary>Finds the word that somebody may have meant.</summary>
internal static class Nearest
{
    private const int LongestText = 40;

    /// <summary>The candidate with the fewest letters to change.</summary>
    /// <returns><c>null</c> if none comes near.</returns>
    public static string? To(string text, IEnumerable<string> candidates)
    {
        if (text.Length > LongestText)
        {
            return null;
        }

        var (best, distance) = candidates
            .Select(candidate => (candidate, Distance(text.ToLowerInvariant(), candidate)))
            .OrderBy(pair => pair.Item2)
            .FirstOrDefault();
        return best is not null && distance <= Math.Max(1, best.TrimStart('-').Length / 3) ? best : null;
    }

    // Letters to add, remove, replace, or swap with their neighbour (optimal string alignment).
    private static int Distance(string a, string b)
    {
        var rows = Array.ConvertAll(new int[a.Length + 1][], _ => new int[b.Length + 1]);
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i][j] =
                    i == 0 || j == 0 ? i + j
                    : a[i - 1] == b[j - 1] ? rows[i - 1][j - 1]
                    : 1 + Math.Min(rows[i - 1][j - 1], Math.Min(rows[i - 1][j], rows[i][j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i][j] = Math.Min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }

        return rows[a.Length][b.Length];
    }
}
