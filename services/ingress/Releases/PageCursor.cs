using System.Globalization;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Releases;

/// <summary>A place in the list of releases, which stays where it is while newer ones come. Clients pass it on as it is.</summary>
internal readonly record struct PageCursor(DateTimeOffset ReceivedAt, string Key)
{
    private const int KeyLength = 32;

    /// <summary>The place after a release.</summary>
    public static PageCursor After(ReleaseRow release) => new(release.ReceivedAt, release.Key);

    /// <summary>Reads what <see cref="ToString"/> wrote; <c>null</c> if it is something else.</summary>
    public static PageCursor? Parse(string? text) =>
        text?.Split('-') is [var ticks, { Length: KeyLength } key]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number <= DateTimeOffset.MaxValue.UtcTicks
        && GitNames.IsHex(key)
            ? new PageCursor(new DateTimeOffset(number, TimeSpan.Zero), key)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ReceivedAt.UtcTicks}-{Key}");
}
