using Canary.Contracts.Packaging;

namespace Canary.Contracts.Releases;

/// <summary>
/// Event, by ingress: a push to a known repository was accepted and is durable. Published again until ingress has seen
/// the release (<see cref="ReleaseChanged"/>); repeats change nothing, because the release's id follows from the commit.
/// </summary>
public sealed record PushReceived : IApplicationEvent
{
    /// <summary>Id of the release that this commit leads to; the same commit of the same application always has the same
    /// id.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>Name of the application: also its Debian package's name unless its metadata says otherwise.</summary>
    public required string Application { get; init; }

    /// <summary>What was pushed.</summary>
    public required SourceReference Source { get; init; }

    /// <summary>The package that was uploaded in place of a commit, so that nothing is built; <see cref="Source"/> names it in the words of a
    /// commit then, with the SHA-256 of the file as the commit's id. <c>null</c>: a commit was pushed.</summary>
    public PackageReference? Upload { get; init; }

    /// <summary>Whether the configuration gives the application to this repository by name; otherwise it belongs to the
    /// repository that first published it.</summary>
    public bool IsApplicationConfigured { get; init; }

    /// <summary>Commit that the branch pointed to before; <c>null</c> for a new branch or a manual run.</summary>
    public string? Before { get; init; }

    /// <summary>Whether the result is deployed, or only built and reported (a branch other than the default one).</summary>
    public required bool Deploys { get; init; }

    /// <summary>Whether a person asked for exactly this commit (<c>canary run</c>). Otherwise a push did, and the head of the
    /// branch decides what becomes of it.</summary>
    public bool IsRequested { get; init; }

    /// <summary>Whether healthy canaries go on to production without being promoted, whatever the plan of the commit says:
    /// the person who asked has decided already.</summary>
    public bool Promotes { get; init; }

    /// <summary>Whether the package's script before the first host is left out: the person who asked says that what it does is
    /// done.</summary>
    public bool SkipsPreDeploy { get; init; }

    /// <summary>The last place in the order of the application's releases that ingress knows; 0: none. The release gets one above
    /// it, also where whoever gives out the places had to begin anew.</summary>
    public long After { get; init; }

    /// <summary>Who pushed.</summary>
    public required string Pusher { get; init; }

    /// <summary>Who pushed the commit first, where somebody else asked for its release again.</summary>
    public string? Author { get; init; }

    /// <summary>First line of the commit's message, if known.</summary>
    public string? Title { get; init; }

    /// <summary>Web page that compares the commit with the one before it, if there is one.</summary>
    public string? CompareUrl { get; init; }

    /// <summary>When ingress accepted the push, UTC. For people to read: it orders nothing, since clocks differ and jump.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
}
