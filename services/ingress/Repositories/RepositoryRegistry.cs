using System.IO.Enumeration;
using Canary.GitHub;
using Canary.Ingress.Repositories.Registrations;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Repositories;

/// <summary>A repository that the configuration knows.</summary>
internal sealed record KnownRepository
{
    /// <summary>Where it lies.</summary>
    public required SourceKind Source { get; init; }

    /// <summary><c>OWNER/NAME</c> as asked for.</summary>
    public required string Name { get; init; }

    /// <summary>Its application; <c>null</c> if its name gives none.</summary>
    public required string? Application { get; init; }

    /// <summary>Whether the configuration names the application, so that nobody else gets it.</summary>
    public required bool IsApplicationChosen { get; init; }

    /// <summary>The branch that deploys; <c>null</c>: the repository's default branch.</summary>
    public required string? Branch { get; init; }

    /// <summary>What happens to other branches.</summary>
    public required BranchRule OtherBranches { get; init; }

    /// <summary>Where to fetch from; <c>null</c>: the address in the webhook.</summary>
    public required string? CloneUrl { get; init; }

    /// <summary>Where to fetch from when no webhook says: <see cref="CloneUrl"/>, or its address at its service.</summary>
    public required string CloneAddress { get; init; }

    /// <summary>Where to fetch from as a webhook says. It is believed for the name in the configuration alone; GitHub leads on to a new one.
    /// </summary>
    public string? AddressBy(string? name, string? said) =>
        CloneUrl ?? (Name.Equals(name, StringComparison.OrdinalIgnoreCase) ? said : CloneAddress);

    /// <summary>Where people find the application; <c>null</c>: nobody says so.</summary>
    public string? EnvironmentUrl { get; init; }

    /// <summary>The entry whose webhook secrets alone hold for it; <c>null</c>: the general ones do.</summary>
    public required string? SecretsOf { get; init; }

    /// <summary>Its id at GitHub; <c>null</c>: that of its first push.</summary>
    public long? GithubId { get; init; }

    /// <summary>Who added it beside the configuration; <c>null</c>: it is part of it.</summary>
    public string? AddedBy { get; init; }

    /// <summary>How often it is looked at; <c>null</c>: never.</summary>
    public TimeSpan? PollEvery { get; init; }

    /// <summary>Whether the first look releases what is there.</summary>
    public bool ReleasesAtFirstLook { get; init; }

    /// <summary>Whether a commit that asks for it begins no release.</summary>
    public bool SkipsMarked { get; init; }

    /// <summary>Whether its pull requests are built.</summary>
    public bool BuildsPullRequests { get; init; }

    /// <summary>Tells it from all others.</summary>
    public string Key => $"{Source}:{Name}".ToLowerInvariant();
}

/// <summary>The repositories of the configuration, and those that people have added.</summary>
internal sealed class RepositoryRegistry(
    IOptionsMonitor<IngressOptions> options,
    GitHubApi? github = null,
    RegisteredRepositories? registered = null
)
{
    /// <param name="repository">Its name.</param>
    /// <param name="source">Where it lies; <c>null</c>: wherever there is one of the name.</param>
    public KnownRepository? Find(string repository, SourceKind? source = null)
    {
        var current = options.CurrentValue;
        var entries = EntriesOf(current).Where(r => source is null || r.Source == source).ToList();
        var entry =
            entries.Find(r => r.Name.Equals(repository, StringComparison.OrdinalIgnoreCase))
            ?? entries.Find(r => Matches(r.Name, repository));
        return entry is null ? null : Known(entry, repository, current);
    }

    /// <summary>The repository whose entry names its id at GitHub.</summary>
    public KnownRepository? FindById(long id)
    {
        var current = options.CurrentValue;
        return EntriesOf(current).FirstOrDefault(entry => entry.GithubId == id) is { } entry
            ? Known(entry, entry.Name, current)
            : null;
    }

    /// <summary>All entries, patterns too.</summary>
    public IEnumerable<KnownRepository> All()
    {
        var current = options.CurrentValue;
        return EntriesOf(current)
            .DistinctBy(entry => (entry.Source, entry.Name.ToLowerInvariant()))
            .Select(entry => Known(entry, entry.Name, current));
    }

    /// <summary>Those that are looked at.</summary>
    public IEnumerable<KnownRepository> Polled() => All().Where(repository => repository.PollEvery is not null);

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
        EntriesOf(options.CurrentValue)
            .Where(r =>
                r.CloneUrl is { } url
                && !r.Name.Contains('*', StringComparison.Ordinal)
                && CloneAddress.LocalPathOf(url)?.TrimEnd('/') == path.TrimEnd('/')
            )
            .Select(r => Find(r.Name, r.Source))
            .FirstOrDefault();

    public static bool IsPattern(string name) => GitNames.IsRepository(name.Replace('*', 'x'));

    public static string FillIn(string cloneUrl, string repository) =>
        cloneUrl.Replace("{repository}", repository, StringComparison.Ordinal);

    /// <summary>Part by part: what stands for any text in one does not reach into the next.</summary>
    public static bool Matches(string pattern, string repository)
    {
        var (patterns, parts) = (pattern.Split('/'), repository.Split('/'));
        return patterns.Length == parts.Length
            && patterns.Zip(parts).All(it => FileSystemName.MatchesSimpleExpression(it.First, it.Second));
    }

    private IReadOnlyList<RepositoryOptions> EntriesOf(IngressOptions current) =>
        registered?.After(current.Repositories) ?? current.Repositories;

    private KnownRepository Known(RepositoryOptions entry, string repository, IngressOptions current) =>
        new()
        {
            Source = entry.Source,
            Name = repository,
            Application = entry.Application ?? ApplicationName.FromRepository(repository),
            IsApplicationChosen = !entry.Name.Contains('*', StringComparison.Ordinal),
            Branch = entry.Branch,
            OtherBranches = entry.OtherBranches ?? current.OtherBranches,
            CloneUrl = entry.CloneUrl is null ? null : FillIn(entry.CloneUrl, repository),
            CloneAddress = entry.CloneUrl is null
                ? AddressAt(current.CloneHostsOf(entry.Source), repository)
                : FillIn(entry.CloneUrl, repository),
            EnvironmentUrl = PlainText.WebAddress(entry.EnvironmentUrl),
            SecretsOf = entry.HasWebhookSecrets ? entry.Name : null,
            GithubId = entry.GithubId,
            AddedBy = entry.AddedBy,
            PollEvery = PollEvery(entry, current),
            ReleasesAtFirstLook = entry.ReleaseAtFirstLook,
            SkipsMarked = entry.SkipMarked ?? current.SkipMarked,
            BuildsPullRequests = entry.PullRequests,
        };

    private TimeSpan? PollEvery(RepositoryOptions entry, IngressOptions current)
    {
        var every =
            entry.Poll
            ?? (
                entry.Source == SourceKind.Git ? current.Polling.Interval
                : github?.IsUsed == true && entry is { Source: SourceKind.Github, CloneUrl: null }
                    ? current.Polling.GithubInterval
                : TimeSpan.Zero
            );
        return every > TimeSpan.Zero && !entry.Name.Contains('*', StringComparison.Ordinal) ? every : null;
    }

    private static string AddressAt(IReadOnlyList<string> hosts, string repository) =>
        $"https://{hosts.FirstOrDefault(host => host != "*") ?? "github.com"}/{repository}.git";
}
