using System.Collections.Concurrent;
using Canary.Durability.Connections;

namespace Canary.Deployer.Hosts;

/// <summary>Remembers how far the clocks of hosts were off when they last answered. Nothing is ordered by them, but apt refuses what
/// is not valid yet, or not any more, by the clock of its host.</summary>
internal sealed class HostClocks(TimeProvider time)
{
    /// <summary>Suites are dated ten minutes in the past: who is told at one has time to set the clock.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, string?> _skews = new(StringComparer.Ordinal);

    /// <summary>Notes what a host's clock showed in its answer to a question.</summary>
    /// <param name="host">The host.</param>
    /// <param name="theirs">What it showed.</param>
    /// <param name="asked">This machine's clock, before the host was asked.</param>
    public void Note(string host, DateTimeOffset theirs, DateTimeOffset asked) =>
        _skews[host] = ClockSkew.Of(theirs, asked, time.GetUtcNow(), Tolerance);

    /// <summary>Whether the host has told the time since this process started.</summary>
    public bool Knows(string host) => _skews.ContainsKey(host);

    /// <summary>How far the host's clock is off, in words: <c>5 min behind</c>; <c>null</c>: not enough to matter, or not
    /// known.</summary>
    public string? SkewOf(string host) => _skews.GetValueOrDefault(host);
}
