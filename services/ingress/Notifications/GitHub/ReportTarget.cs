using Canary.GitHub;
using Canary.Ingress.Releases;
using Octokit;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>A commit beside which something is shown.</summary>
/// <param name="GitHub">Asks GitHub.</param>
/// <param name="Repository">The repository of the commit.</param>
/// <param name="Application">The application.</param>
/// <param name="Id">Of the release, or of the build.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Link">A page that says more; <c>null</c>: nobody says where it is.</param>
internal record CommitTarget(
    GitHubApi GitHub,
    RepositoryName Repository,
    string Application,
    Guid Id,
    string Commit,
    Uri? Link
)
{
    /// <summary>An application's own: several may come from one repository.</summary>
    public string ContextOf(string part) => $"canary/{Application}/{part}";

    /// <summary>The same whenever it is looked for.</summary>
    public string IdOf(string part) => $"canary:{Id:N}:{part}";

    public Task<T> AskAsync<T>(Func<IGitHubClient, Task<T>> ask, CancellationToken cancellation) =>
        GitHub.AskAsync(Repository, ask, cancellation);
}

/// <summary>What is reported on.</summary>
/// <param name="GitHub">Asks GitHub.</param>
/// <param name="Repository">The repository of the commit.</param>
/// <param name="Release">The release as it was read.</param>
/// <param name="Link">The page of the release; <c>null</c>: nobody says where it is.</param>
internal sealed record ReportTarget(GitHubApi GitHub, RepositoryName Repository, ReleaseView Release, Uri? Link)
    : CommitTarget(GitHub, Repository, Release.Application, Release.Id, Release.Commit, Link);
