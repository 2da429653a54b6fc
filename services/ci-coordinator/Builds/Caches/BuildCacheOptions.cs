using System.ComponentModel.DataAnnotations;

namespace Canary.CiCoordinator.Builds.Caches;

/// <summary>What builds may leave for the next ones of their application, in the directory that <c>CANARY_CACHE</c> names. Section
/// <c>ci-coordinator:builds:cache</c>.</summary>
public sealed class BuildCacheOptions
{
    /// <summary>Most space of one application's cache, in bytes, 0 (nothing is kept) to 16 TiB. One that has become bigger begins anew,
    /// empty. Default: 2 GiB.</summary>
    [Range(0, 16L << 40)]
    public long Limit { get; set; } = 2L << 30;

    /// <summary>How long a cache is kept that no build uses, 1 to 3,650 days. Default: 30 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromDays(30);
}
