using System.Collections.Concurrent;

namespace Canary.Simulation.Tests.World;

/// <summary>What is wrong with a commit.</summary>
internal enum Ailment
{
    None,

    /// <summary>Its build fails.</summary>
    Build,

    /// <summary>It is unhealthy on canaries.</summary>
    Canaries,

    /// <summary>It is healthy on canaries, and unhealthy on some production hosts.</summary>
    OneOfProduction,
}

/// <summary>A commit that somebody has made.</summary>
internal sealed record Commit(string Application, string Id, DateTimeOffset At, Ailment Ailment)
{
    /// <summary>As the packager makes it: the same commit always has the same.</summary>
    public string Version => FormattableString.Invariant($"1.0.0-{At.ToUnixTimeSeconds()}.g{Id[..7]}");
}

/// <summary>All commits there are.</summary>
internal sealed class Commits
{
    private readonly ConcurrentDictionary<string, Commit> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Commit> _byVersion = new(StringComparer.Ordinal);

    public void Add(Commit commit)
    {
        _byId[commit.Id] = commit;
        _byVersion[commit.Version] = commit;
    }

    public Commit this[string id] => _byId[id];

    public Commit? Of(string version) => _byVersion.GetValueOrDefault(version);
}
