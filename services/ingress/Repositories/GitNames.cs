using System.Buffers;

namespace Canary.Ingress.Repositories;

/// <summary>
/// What a name from outside must look like before anything is done with it. Branches follow <c>git check-ref-format
/// --branch</c>, repositories GitHub's own rules; both are stricter only about control characters and bidirectional
/// overrides, which would deceive a person who reads them in a terminal or a log.
/// </summary>
internal static class GitNames
{
    public const int LongestBranch = 255;

    private const int LongestRepositoryPart = 100;

    /// <summary>GitLab allows 20 levels of groups.</summary>
    private const int MostRepositoryParts = 21;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    private static readonly SearchValues<char> ForbiddenInBranch = SearchValues.Create(" ~^:?*[\\");

    private static readonly SearchValues<char> RepositoryCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    );

    /// <summary>A full commit id: SHA-1 or SHA-256.</summary>
    public static bool IsCommit(string text) => text.Length is 40 or 64 && IsHex(text);

    /// <summary>Lower-case hexadecimal digits only.</summary>
    public static bool IsHex(string text) => !text.AsSpan().ContainsAnyExcept(LowerHex);

    /// <summary>The id that git uses for "no commit".</summary>
    public static bool IsZero(string commit) => !commit.AsSpan().ContainsAnyExcept('0');

    public static bool IsBranch(string name)
    {
        if (
            name.Length is 0 or > LongestBranch
            || name is "@" or "HEAD"
            || name[0] is '-' or '/'
            || name[^1] is '/' or '.'
            || name.AsSpan().ContainsAny(ForbiddenInBranch)
            || name.Contains("..", StringComparison.Ordinal)
            || name.Contains("@{", StringComparison.Ordinal)
            || name.Any(PlainText.IsDeceptive)
        )
        {
            return false;
        }

        foreach (var part in name.AsSpan().Split('/'))
        {
            var component = name.AsSpan(part);
            if (component.IsEmpty || component[0] == '.' || component.EndsWith(".lock", StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary><c>owner/name</c>; GitLab's groups may hold others, as in <c>group/subgroup/name</c>.</summary>
    public static bool IsRepository(string fullName)
    {
        var parts = 0;
        foreach (var part in fullName.AsSpan().Split('/'))
        {
            if (++parts > MostRepositoryParts || !IsRepositoryPart(fullName.AsSpan(part)))
            {
                return false;
            }
        }

        return parts > 1;
    }

    private static bool IsRepositoryPart(ReadOnlySpan<char> part) =>
        part.Length is > 0 and <= LongestRepositoryPart
        && part[0] != '-'
        && !part.ContainsAnyExcept(RepositoryCharacters)
        && part.ContainsAnyExcept('.');
}
