using Canary.Contracts;
using Canary.Contracts.Packaging;

namespace Canary.Ingress.Releases;

/// <summary>A checked push that has no release yet.</summary>
internal sealed record PushDraft
{
    public const int LongestTitle = 200;

    public const int LongestPusher = 100;

    public required string Application { get; init; }

    /// <summary>Whether the configuration or a person gives the application to this repository by name; else the first
    /// repository that uses the name keeps it.</summary>
    public required bool IsApplicationChosen { get; init; }

    /// <summary>Whether the configuration says so, and not a person who asks for one commit.</summary>
    public bool IsApplicationConfigured { get; init; }

    public required SourceReference Source { get; init; }

    /// <summary>The package that was uploaded in place of a commit.</summary>
    public PackageReference? Upload { get; init; }

    public string? Before { get; init; }

    public required bool Deploys { get; init; }

    /// <summary>Whether a person asked for exactly this commit.</summary>
    public bool IsRequested { get; init; }

    /// <summary>Whether healthy canaries go on to production without being promoted.</summary>
    public bool Promotes { get; init; }

    /// <summary>Whether the package's script before the first host is left out.</summary>
    public bool SkipsPreDeploy { get; init; }

    public required string Pusher { get; init; }

    /// <summary>Who pushed the commit, where somebody else asks for it again.</summary>
    public string? Author { get; init; }

    public string? Title { get; init; }

    public string? CompareUrl { get; init; }
}
