using System.Text;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>Names in tar archives, which become paths on hosts.</summary>
internal static class TarPath
{
    /// <summary>In bytes, as Linux has it.</summary>
    public const int LongestPath = 4095;

    private const int LongestName = 255;

    private const int LongestShown = 200;

    /// <summary>A path below the place where the archive is unpacked, without <c>./</c> and a final slash.</summary>
    /// <exception cref="CanaryException">It leads elsewhere, or is none.</exception>
    public static string Normalize(string path, bool mayEndWithSlash)
    {
        var below = mayEndWithSlash && path.EndsWith('/') ? path[..^1] : path;
        if (mayEndWithSlash && below == ".")
        {
            return "";
        }

        below = below.StartsWith("./", StringComparison.Ordinal) ? below[2..] : below;
        return Encoding.UTF8.GetByteCount(below) <= LongestPath && below.Split('/').All(IsName)
            ? below
            : throw InvalidPackage.Because($"'{Show(path)}' is no path below the root of a host");
    }

    /// <summary>
    /// Whether a symbolic link leads to a place below the root, whatever other links are on the way: from a directory that is
    /// none itself it goes up at first only, no further than the root, and then down.
    /// </summary>
    public static bool StaysBelowRoot(string link, string target)
    {
        if (target.StartsWith('/'))
        {
            return false;
        }

        var depth = link.Count(character => character == '/');
        var goesDown = false;
        foreach (var part in target.Split('/'))
        {
            switch (part)
            {
                case ".." when !goesDown && depth > 0:
                    depth--;
                    break;
                case "" or ".":
                    break;
                default:
                    if (!IsName(part))
                    {
                        return false;
                    }

                    goesDown = true;
                    break;
            }
        }

        return true;
    }

    /// <summary>A path for a message.</summary>
    public static string Show(string path)
    {
        var shown = string.Concat(path.Select(c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString()));
        return shown.Length <= LongestShown ? shown : $"{shown[..LongestShown]}…";
    }

    private static bool IsName(string part) =>
        part is not ("" or "." or "..")
        && Encoding.UTF8.GetByteCount(part) <= LongestName
        && !part.Contains('\n', StringComparison.Ordinal);
}
