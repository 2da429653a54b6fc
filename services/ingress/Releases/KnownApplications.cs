using System.Collections.Concurrent;

namespace Canary.Ingress.Releases;

/// <summary>
/// Remembers for a moment which repository an application belongs to and how far its releases were numbered, so that not every
/// push has to look it up. An owner changes only by the configuration or by a person, and nobody is refused from memory. The
/// number matters to a coordinator whose database was lost, and to start one on a new database takes longer than the moment.
/// </summary>
internal sealed class KnownApplications(TimeProvider time)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (string Repository, long Since)> _owners = [];
    private readonly ConcurrentDictionary<string, (long Number, long Since)> _numbers = [];

    public void Remember(string application, string repository) =>
        _owners[application] = (repository, time.GetTimestamp());

    public void Remember(string application, long number) => _numbers[application] = (number, time.GetTimestamp());

    public bool IsOwner(string repository, string application) =>
        _owners.TryGetValue(application, out var owner)
        && IsRecent(owner.Since)
        && owner.Repository.Equals(repository, StringComparison.OrdinalIgnoreCase);

    /// <summary>Number of the application's newest release, of a moment ago; <c>null</c>: not known.</summary>
    public long? LastNumberOf(string application) =>
        _numbers.TryGetValue(application, out var last) && IsRecent(last.Since) ? last.Number : null;

    private bool IsRecent(long since) => time.GetElapsedTime(since) < Moment;
}
