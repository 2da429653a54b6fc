namespace Canary.Deployer.Rollouts;

/// <summary>One entry of the waves: up to a number (<c>5</c>) or share (<c>25%</c>) of the hosts, those of the waves before
/// included, or all that have a tag (<c>zone=a</c>).</summary>
internal sealed record WaveSize
{
    /// <summary><c>null</c>: it goes by <see cref="Tag"/>.</summary>
    public HostShare? UpTo { get; private init; }

    public HostTag? Tag { get; private init; }

    /// <returns><c>null</c>: it is none of them.</returns>
    public static WaveSize? Parse(string text) =>
        HostShare.TryParse(text, out var share) ? new WaveSize { UpTo = share }
        : HostTag.TryParse(text, out var tag) ? new WaveSize { Tag = tag }
        : null;

    public static string ProblemWith(string text) =>
        $"'{text}' is neither a number of hosts (such as 5), nor a share of them (1% to 100%), nor a tag (such as zone=a).";
}
