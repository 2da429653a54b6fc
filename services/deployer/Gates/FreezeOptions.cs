namespace Canary.Deployer.Gates;

/// <summary>A time in which no rollout begins, and none goes on to its next wave.</summary>
public sealed class FreezeOptions
{
    /// <summary>From when, with an offset: <c>2026-12-20T00:00:00+01:00</c>. Default: it has begun.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Until when, with an offset. Default: as long as it stands there.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Why.</summary>
    public string Reason { get; set; } = "";
}
