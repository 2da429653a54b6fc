using System.Collections.Concurrent;
using System.Globalization;
using Canary.Failures;
using Octokit;

namespace Canary.GitHub;

/// <summary>
/// Asks the REST API of GitHub, as an App or with a token; every failure is a <see cref="CanaryException"/> of
/// <see cref="GitHubCodes"/>. Repeated questions are conditional, so that they cost none of the requests that GitHub allows in an hour
/// while nothing changes; and while it allows none, nothing is asked.
/// </summary>
public sealed class GitHubApi
{
    private readonly GitHubIdentities _identities;
    private readonly ConcurrentDictionary<string, long> _installations = new(StringComparer.OrdinalIgnoreCase);

    internal GitHubApi(GitHubIdentities identities)
    {
        _identities = identities;
    }

    /// <summary>Whether an App or a token is configured; without, everything that asks throws
    /// <see cref="GitHubCodes.GithubNotConfigured"/>.</summary>
    public bool IsUsed => _identities.IsUsed;

    /// <summary>Whether Canary is an App, and not the owner of a token.</summary>
    public bool IsApp => _identities.IsApp;

    /// <summary>Where GitHub is.</summary>
    public GitHubAddress Address => _identities.Address;

    /// <summary>Asks something about a repository: as the installation that has it, or with the token.</summary>
    /// <param name="repository">What it is called; an earlier name leads to it as well.</param>
    /// <param name="ask">Asks. It is called again when the credentials were refused.</param>
    /// <param name="cancellation">Nobody waits for it any more. A request that is on its way may be carried out.</param>
    /// <exception cref="CanaryException">There is no such answer.</exception>
    public Task<T> AskAsync<T>(
        RepositoryName repository,
        Func<IGitHubClient, Task<T>> ask,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(repository);

        return AskAsync(
            repository.ToString(),
            app => app.GitHubApps.GetRepositoryInstallationForCurrent(repository.Owner, repository.Name),
            ask,
            cancellation
        );
    }

    /// <summary>The same, of a repository whose id is known: it stays when the repository is renamed or transferred.</summary>
    public Task<T> AskAsync<T>(long repository, Func<IGitHubClient, Task<T>> ask, CancellationToken cancellation) =>
        AskAsync(
            string.Create(CultureInfo.InvariantCulture, $"#{repository}"),
            app => app.GitHubApps.GetRepositoryInstallationForCurrent(repository),
            ask,
            cancellation
        );

    /// <summary>Asks as the App itself: for its installations and the deliveries of its webhook.</summary>
    /// <exception cref="CanaryException">There is no such answer; or a token is configured, and no App.</exception>
    public Task<T> AskAsAppAsync<T>(Func<IGitHubClient, Task<T>> ask, CancellationToken cancellation) =>
        IsApp ? AskAsync(_identities.App, ask, cancellation) : Task.FromException<T>(GitHubErrors.NotConfigured());

    /// <summary>The installation of the App that has a repository, with what it may do there.</summary>
    /// <exception cref="CanaryException">There is none; or a token is configured, and no App.</exception>
    public Task<Installation> FindInstallationAsync(RepositoryName repository, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(repository);

        return AskAsAppAsync(
            app => app.GitHubApps.GetRepositoryInstallationForCurrent(repository.Owner, repository.Name),
            cancellation
        );
    }

    /// <summary>A token that git can fetch a repository with; of an App, one that can do nothing else.</summary>
    /// <exception cref="CanaryException">There is none.</exception>
    public async Task<string> CloneTokenAsync(RepositoryName repository, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(repository);

        if (!IsApp)
        {
            return IsUsed ? (await TokenAsync(_identities.Token)) : throw GitHubErrors.NotConfigured();
        }

        // By its id: the name may be an earlier one, which leads to it everywhere but here.
        var (id, installation) = await WithInstallationAsync(
            repository.ToString(),
            app => app.GitHubApps.GetRepositoryInstallationForCurrent(repository.Owner, repository.Name),
            async installation =>
                (
                    (
                        await AskAsync(
                            IdentityOf(installation),
                            client => client.Repository.Get(repository.Owner, repository.Name),
                            cancellation
                        )
                    ).Id,
                    installation
                ),
            cancellation
        );
        return await _identities
            .CloneToken(installation, id, () => CreateTokenAsync(installation, ReadingOf(id)))
            .GetAsync()
            .WaitAsync(cancellation);
    }

    /// <summary>Takes note that a token to fetch with was refused.</summary>
    public void CloneTokenRefused(RepositoryName repository)
    {
        ArgumentNullException.ThrowIfNull(repository);

        if (_installations.TryGetValue(repository.ToString(), out var installation))
        {
            _identities.ForgetCloneTokens(installation);
        }
    }

    /// <summary>How many requests are left in this hour, of the installation or the token that serves a repository.</summary>
    /// <returns><c>null</c>: GitHub has not said yet, or counts none.</returns>
    public (int Remaining, int Limit)? LeftFor(RepositoryName repository)
    {
        ArgumentNullException.ThrowIfNull(repository);

        var identity =
            !IsUsed ? null
            : !IsApp ? _identities.Token
            : _installations.TryGetValue(repository.ToString(), out var installation)
                ? (GitHubIdentity)IdentityOf(installation)
            : null;
        return identity?.Limits is { Remaining: { } remaining, Limit: { } limit } ? (remaining, limit) : null;
    }

    /// <summary>Asks who Canary is there, and says it in a sentence: to see whether everything works.</summary>
    /// <exception cref="CanaryException">It does not.</exception>
    public Task<string> DescribeAsync(CancellationToken cancellation) =>
        !IsUsed ? Task.FromException<string>(GitHubErrors.NotConfigured())
        : IsApp ? DescribeAppAsync(cancellation)
        : DescribeTokenAsync(cancellation);

    private async Task<string> DescribeAppAsync(CancellationToken cancellation)
    {
        var app = await AskAsAppAsync(client => client.GitHubApps.GetCurrent(), cancellation);
        var installations = await AskAsAppAsync(
            client => client.GitHubApps.GetAllInstallationsForCurrent(new ApiOptions { PageCount = 1, PageSize = 100 }),
            cancellation
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The App {app.Name} at {Address.Api.Authority}, installed {installations.Count} times."
        );
    }

    /// <summary>It costs none of the requests, and every token may ask for it.</summary>
    private async Task<string> DescribeTokenAsync(CancellationToken cancellation)
    {
        var limits = await AskAsync(_identities.Token, client => client.RateLimit.GetRateLimits(), cancellation);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"A token for {Address.Api.Authority}; {limits.Resources.Core.Remaining} of {limits.Resources.Core.Limit} requests are left in this hour."
        );
    }

    private Task<T> AskAsync<T>(
        string repository,
        Func<IGitHubClient, Task<Installation>> find,
        Func<IGitHubClient, Task<T>> ask,
        CancellationToken cancellation
    ) =>
        !IsUsed ? Task.FromException<T>(GitHubErrors.NotConfigured())
        : !IsApp ? AskAsync(_identities.Token, ask, cancellation)
        : WithInstallationAsync(
            repository,
            find,
            installation => AskAsync(IdentityOf(installation), ask, cancellation),
            cancellation
        );

    /// <summary>An App that was removed and installed again has another installation.</summary>
    private async Task<T> WithInstallationAsync<T>(
        string repository,
        Func<IGitHubClient, Task<Installation>> find,
        Func<long, Task<T>> ask,
        CancellationToken cancellation
    )
    {
        var isKnown = _installations.TryGetValue(repository, out var installation);
        if (!isKnown)
        {
            installation = await FindInstallationAsync(repository, find, cancellation);
        }

        try
        {
            return await ask(installation);
        }
        catch (CanaryException exception) when (GitHubErrors.IsNotFound(exception) && isKnown)
        {
            _installations.TryRemove(repository, out _);
            var now = await FindInstallationAsync(repository, find, cancellation);
            if (now == installation)
            {
                throw;
            }

            _identities.Forget(installation);
            return await ask(now);
        }
    }

    private async Task<long> FindInstallationAsync(
        string repository,
        Func<IGitHubClient, Task<Installation>> find,
        CancellationToken cancellation
    ) => _installations[repository] = (await AskAsync(_identities.App, find, cancellation)).Id;

    private InstallationIdentity IdentityOf(long installation) =>
        _identities.Installation(installation, () => CreateTokenAsync(installation, body: null));

    private static async Task<string> TokenAsync(TokenIdentity token) =>
        (await token.Client.Connection.CredentialStore.GetCredentials()).Password;

    /// <summary>docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app</summary>
    private Task<AccessToken> CreateTokenAsync(long installation, object? body) =>
        AskAsync(
            _identities.App,
            async app =>
                (
                    await app.Connection.Post<AccessToken>(
                        new Uri($"app/installations/{installation}/access_tokens", UriKind.Relative),
                        body ?? new object(),
                        accepts: null,
                        contentType: null
                    )
                ).Body,
            CancellationToken.None
        );

    private static Dictionary<string, object> ReadingOf(long repository) =>
        new()
        {
            ["repository_ids"] = new[] { repository },
            ["permissions"] = new Dictionary<string, string> { ["contents"] = "read" },
        };

    private async Task<T> AskAsync<T>(
        GitHubIdentity identity,
        Func<IGitHubClient, Task<T>> ask,
        CancellationToken cancellation
    )
    {
        try
        {
            try
            {
                return await ask(identity.Client).WaitAsync(cancellation);
            }
            catch (AuthorizationException) when (identity.Renew())
            {
                return await ask(identity.Client).WaitAsync(cancellation);
            }
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            throw GitHubErrors.Of(exception, Address);
        }
    }
}
