using Octokit;

namespace Canary.GitHub;

/// <summary>Whom GitHub takes Canary for: the App itself, one of its installations, or the owner of a token.</summary>
/// <param name="client">Asks as this one.</param>
/// <param name="limits">How much it may ask.</param>
internal abstract class GitHubIdentity(IGitHubClient client, RequestLimits limits)
{
    public IGitHubClient Client { get; } = client;

    public RequestLimits Limits { get; } = limits;

    /// <summary>Makes credentials anew that were refused.</summary>
    /// <returns>Whether it is worth to ask again.</returns>
    public virtual bool Renew() => false;
}

/// <summary>The owner of a token.</summary>
internal sealed class TokenIdentity(IGitHubClient client, RequestLimits limits) : GitHubIdentity(client, limits);

/// <summary>The App itself, which may ask for little but its installations.</summary>
internal sealed class AppIdentity(IGitHubClient client, RequestLimits limits, AppCredentials credentials)
    : GitHubIdentity(client, limits)
{
    public override bool Renew() => credentials.WereOfTheWrongTime;
}

/// <summary>An installation of the App: an account, with the repositories that it gave the App.</summary>
internal sealed class InstallationIdentity(IGitHubClient client, RequestLimits limits, InstallationToken token)
    : GitHubIdentity(client, limits)
{
    public InstallationToken Token => token;

    /// <summary>Whether there is no such installation any more.</summary>
    public bool IsGone => token.IsGone;

    public override bool Renew()
    {
        token.Forget();
        return true;
    }
}
