using System.Collections.Concurrent;

namespace Canary.Ingress.Releases;

/// <summary>
/// Remembers for a moment which repository an application belongs to, so that not every push has to look it up. An owner
/// changes only by the configuration or by a person, and nobody is refused from memory.
/// </summary>
internal sealed class ApplicationOwners(TimeProvider time)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (string Repository, DateTimeOffset Until)> _owners = [];

    public void Remember(string application, string repository) =>
        _owners[application] = (repository, time.GetUtcNow() + Moment);

    public bool IsOwner(string repository, string application) =>
        _owners.TryGetValue(application, out var owner)
        && owner.Until > time.GetUtcNow()
        && owner.Repository.Equals(repository, StringComparison.OrdinalIgnoreCase);
}
