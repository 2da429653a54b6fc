using System.Globalization;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Releases;

/// <summary>A place in the list of releases, which stays where it is while newer ones come. Clients pass it on as it is.</summary>
internal readonly record struct PageCursor(long Arrival, string Key)
{
    private const int KeyLength = 32;

    /// <summary>The place after a release.</summary>
    public static PageCursor After(ReleaseRow release) => new(release.Arrival, release.Key);

    /// <summary>Reads what <see cref="ToString"/> wrote; <c>null</c> if it is something else.</summary>
    public static PageCursor? Parse(string? text) =>
        text?.Split('-') is [var arrival, { Length: KeyLength } key]
        && long.TryParse(arrival, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && GitNames.IsHex(key)
            ? new PageCursor(number, key)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Arrival}-{Key}");
}
