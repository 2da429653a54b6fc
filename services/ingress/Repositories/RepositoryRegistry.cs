using System.IO.Enumeration;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Repositories;

/// <summary>A repository that the configuration knows.</summary>
/// <param name="Name"><c>OWNER/NAME</c> as asked for.</param>
/// <param name="Application">Its application; <c>null</c> if its name gives none.</param>
/// <param name="IsApplicationChosen">Whether the configuration names the application, so that nobody else gets it.</param>
/// <param name="Branch">The branch that deploys; <c>null</c>: the repository's default branch.</param>
/// <param name="OtherBranches">What happens to other branches.</param>
/// <param name="CloneUrl">Where to fetch from; <c>null</c>: the address in the webhook.</param>
/// <param name="EnvironmentUrl">Where people find the application; <c>null</c>: nobody says so.</param>
/// <param name="SecretsOf">The entry whose webhook secrets alone hold for it; <c>null</c>: the general ones do.</param>
internal sealed record KnownRepository(
    string Name,
    string? Application,
    bool IsApplicationChosen,
    string? Branch,
    BranchRule OtherBranches,
    string? CloneUrl,
    string? EnvironmentUrl,
    string? SecretsOf
);

/// <summary>The repositories of the configuration.</summary>
internal sealed class RepositoryRegistry(IOptionsMonitor<IngressOptions> options)
{
    public KnownRepository? Find(string repository)
    {
        var current = options.CurrentValue;
        var entry =
            current.Repositories.Find(r => r.Name.Equals(repository, StringComparison.OrdinalIgnoreCase))
            ?? current.Repositories.Find(r => Matches(r.Name, repository));
        return entry is null
            ? null
            : new KnownRepository(
                repository,
                entry.Application ?? ApplicationName.FromRepository(repository),
                !entry.Name.Contains('*', StringComparison.Ordinal),
                entry.Branch,
                entry.OtherBranches ?? current.OtherBranches,
                entry.CloneUrl is null ? null : FillIn(entry.CloneUrl, repository),
                PlainText.WebAddress(entry.EnvironmentUrl),
                entry.HasWebhookSecrets ? entry.Name : null
            );
    }

    /// <summary>The repository that a person means by a name or a path.</summary>
    public KnownRepository? FindAsked(string asked) =>
        CloneAddress.LocalPathOf(asked) is { } path ? FindByPath(path)
        : GitNames.IsRepository(asked) ? Find(asked)
        : null;

    /// <summary>Whether the configuration gives an application to a repository by name.</summary>
    public bool Gives(string application, string repository) =>
        FindAsked(repository) is { IsApplicationChosen: true } known && known.Application == application;

    /// <summary>The repository whose clone address is this local path; <c>null</c> if the configuration has none.</summary>
    public KnownRepository? FindByPath(string path) =>
        options
            .CurrentValue.Repositories.Where(r =>
                r.CloneUrl is { } url
                && !r.Name.Contains('*', StringComparison.Ordinal)
                && CloneAddress.LocalPathOf(url)?.TrimEnd('/') == path.TrimEnd('/')
            )
            .Select(r => Find(r.Name))
            .FirstOrDefault();

    public static bool IsPattern(string name) => GitNames.IsRepository(name.Replace('*', 'x'));

    public static string FillIn(string cloneUrl, string repository) =>
        cloneUrl.Replace("{repository}", repository, StringComparison.Ordinal);

    private static bool Matches(string pattern, string repository)
    {
        var (patternOwner, patternName) = Split(pattern);
        var (owner, name) = Split(repository);
        return FileSystemName.MatchesSimpleExpression(patternOwner, owner)
            && FileSystemName.MatchesSimpleExpression(patternName, name);
    }

    private static (string Owner, string Name) Split(string repository)
    {
        var slash = repository.IndexOf('/', StringComparison.Ordinal);
        return (repository[..slash], repository[(slash + 1)..]);
    }
}
