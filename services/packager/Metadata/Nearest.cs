namespace Canary.Packager.Metadata;

/// <summary>Finds what somebody may have meant.</summary>
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
            .Select(candidate => (candidate, Distance(text.ToLowerInvariant().Replace('_', '-'), candidate)))
            .OrderBy(pair => pair.Item2)
            .FirstOrDefault();
        return best is not null && distance <= Math.Max(2, best.Length / 3) ? best : null;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(diagonal, row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
