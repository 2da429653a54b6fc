using Canary.GitHub;
using Canary.Ingress.Releases;
using Octokit;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>What is reported on.</summary>
/// <param name="GitHub">Asks GitHub.</param>
/// <param name="Repository">The repository of the commit.</param>
/// <param name="Release">The release as it was read.</param>
/// <param name="Link">The page of the release; <c>null</c>: nobody says where it is.</param>
internal sealed record ReportTarget(GitHubApi GitHub, RepositoryName Repository, ReleaseView Release, Uri? Link)
{
    public string Commit => Release.Commit;

    /// <summary>An application's own: several may come from one repository.</summary>
    public string ContextOf(string part) => $"canary/{Release.Application}/{part}";

    /// <summary>The same whenever it is looked for.</summary>
    public string IdOf(string part) => $"canary:{Release.Id:N}:{part}";

    public Task<T> AskAsync<T>(Func<IGitHubClient, Task<T>> ask, CancellationToken cancellation) =>
        GitHub.AskAsync(Repository, ask, cancellation);
}
