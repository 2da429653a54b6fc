using Canary.Processes.Workspaces;

namespace Canary.GitHub;

/// <summary>Lets git fetch over HTTPS from this GitHub, and from nowhere else: as the installation of the App that has the repository, or
/// with the token.</summary>
internal sealed class CloneCredentials(GitHubApi github) : IGitCredentials
{
    /// <summary>What GitHub wants as the name, which the token is the password of
    /// (docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation).</summary>
    private const string User = "x-access-token";

    public async Task<GitCredential?> ForAsync(string cloneUrl, CancellationToken cancellation) =>
        github.IsUsed && github.Address.RepositoryAtHttp(cloneUrl) is { } repository
            ? new GitCredential(github.Address.Web, User, await github.CloneTokenAsync(repository, cancellation))
            : null;

    public void Refused(string cloneUrl)
    {
        if (github.Address.RepositoryAtHttp(cloneUrl) is { } repository)
        {
            github.CloneTokenRefused(repository);
        }
    }
}
