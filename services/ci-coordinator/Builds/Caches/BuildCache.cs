using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Builds.Caches;

/// <summary>What builds of one application and repository keep for the next ones.</summary>
/// <param name="Name">Name of a directory that is nobody else's.</param>
/// <param name="Limit">Most bytes that are kept; 0: nothing is.</param>
/// <param name="ForgetAfter">How long it is kept when nobody needs it.</param>
internal sealed record BuildCache(string Name, long Limit, TimeSpan ForgetAfter)
{
    private const int LongestWord = 64;

    /// <summary>Longest time to copy and to remove what there may be at most.</summary>
    public static TimeSpan TimeLimit { get; } = TimeSpan.FromMinutes(30);

    /// <summary>What of it may be kept, as <c>canary-cache</c> wants it: bytes and days.</summary>
    public IReadOnlyList<string> Bounds =>
        [
            Limit.ToString(CultureInfo.InvariantCulture),
            ((int)ForgetAfter.TotalDays).ToString(CultureInfo.InvariantCulture),
        ];

    public static BuildCache Of(StartBuild build, long limit, TimeSpan forgetAfter) =>
        new($"{WordOf(build.Application)}-{HashOf(build)}", limit, forgetAfter);

    /// <summary>For whoever looks into the directory; which cache it is says the hash.</summary>
    private static string WordOf(string application)
    {
        var word = string.Concat(
            application.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '+' or '.')
        );
        return word[..Math.Min(word.Length, LongestWord)] is [var first, ..] kept && char.IsAsciiLetterOrDigit(first)
            ? kept
            : "app";
    }

    private static string HashOf(StartBuild build)
    {
        var owner = $"{build.Source.Repository.ToLowerInvariant()}\0{build.Application}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(owner)))[..32];
    }
}
