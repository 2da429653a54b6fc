using Canary.Cli.Api;

namespace Canary.Cli.Releases;

/// <summary>How to follow a release.</summary>
internal sealed record FollowOptions
{
    /// <summary>When to stop looking before the release has ended; default: never.</summary>
    public Func<Release, bool> Until { get; init; } = _ => false;

    /// <summary>What to do about each change, before it is asked whether to stop.</summary>
    public Func<Release, CancellationToken, Task> OnChange { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Whether to print each change with --json; default: yes.</summary>
    public bool PrintsJson { get; init; } = true;

    /// <summary>Longest time to look; <c>null</c>: no limit.</summary>
    public TimeSpan? Limit { get; init; }
}
