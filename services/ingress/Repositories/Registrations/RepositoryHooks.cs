using Canary.Failures;
using Canary.GitHub;

namespace Canary.Ingress.Repositories.Registrations;

/// <summary>Webhooks of repositories at GitHub: docs.github.com/rest/repos/webhooks.</summary>
internal sealed class RepositoryHooks(GitHubApi github)
{
    private static readonly string[] Events = ["push"];

    /// <summary>Makes the webhook unless there is one with its address, which gets the secret then.</summary>
    /// <param name="repository">The repository: by its id, since its name may lead to another one meanwhile.</param>
    /// <param name="address">Where it leads.</param>
    /// <param name="secret">What it signs with.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="CanaryException">It has not got the secret; <see cref="IngressCodes.WebhookUncertain"/>: or it has, and nobody
    /// knows.</exception>
    public async Task<long> EnsureAsync(RepositoryIdentity repository, Uri address, string secret)
    {
        if (await FindAsync(repository, address) is { Count: > 0 } found)
        {
            return await AdoptAsync(repository, found, address, secret);
        }

        try
        {
            return await MakeAsync(repository, address, secret);
        }
        catch (CanaryException e) when (e.Code is GitHubCodes.GithubUnreachable or GitHubCodes.GithubRejected)
        {
            return await FindMadeAsync(repository, address, secret, e);
        }
    }

    /// <summary>Deletes the webhook with an address; that there is none is all right.</summary>
    /// <exception cref="CanaryException">It may still be there.</exception>
    public async Task DeleteAsync(RepositoryIdentity repository, long? id, Uri? address)
    {
        try
        {
            await DeleteAsync(repository, id is { } known ? [known] : await FindIfShownAsync(repository, address));
        }
        catch (CanaryException e) when (GitHubErrors.IsNotFound(e))
        {
            // Somebody deleted it, or the repository, or took us the access to it.
        }
    }

    /// <summary>What was asked may have been done, and only the answer was lost.</summary>
    private async Task<long> FindMadeAsync(
        RepositoryIdentity repository,
        Uri address,
        string secret,
        CanaryException failure
    )
    {
        try
        {
            if (await FindAsync(repository, address) is { Count: > 0 } made)
            {
                return await AdoptAsync(repository, made, address, secret);
            }
        }
        catch (CanaryException e)
        {
            throw Uncertain(repository, e);
        }

        throw failure.Code == GitHubCodes.GithubUnreachable ? Uncertain(repository, failure) : failure;
    }

    /// <summary>One is enough: of several, the oldest stays.</summary>
    private async Task<long> AdoptAsync(
        RepositoryIdentity repository,
        IReadOnlyList<long> found,
        Uri address,
        string secret
    )
    {
        await DeleteAsync(repository, found.Skip(1));
        await RenewAsync(repository, found[0], address, secret);
        return found[0];
    }

    private async Task<IReadOnlyList<long>> FindAsync(RepositoryIdentity repository, Uri? address)
    {
        try
        {
            return await FindIfShownAsync(repository, address);
        }
        catch (CanaryException e) when (GitHubErrors.IsNotFound(e))
        {
            // GitHub hides webhooks from tokens that may not see them.
            throw new CanaryException(
                GitHubCodes.GithubDenied,
                $"GitHub shows no webhooks of {repository.Name} to our App or token.",
                "Give the App, or the token, the permission Webhooks: read and write in this repository (a classic token: admin:repo_hook), and let "
                    + "the owner accept it.",
                e
            );
        }
    }

    private async Task<IReadOnlyList<long>> FindIfShownAsync(RepositoryIdentity repository, Uri? address)
    {
        var answer = await github.AskAsync(
            repository.Id,
            client =>
                client.Connection.Get<List<Hook>>(
                    HooksOf(repository),
                    new Dictionary<string, string> { ["per_page"] = "100" }
                ),
            CancellationToken.None
        );
        return
        [
            .. answer
                .Body.Where(hook =>
                    address is not null
                    && Uri.TryCreate(hook.Config?.Url, UriKind.Absolute, out var leads)
                    && leads == address
                )
                .Select(hook => hook.Id)
                .Order(),
        ];
    }

    private async Task<long> MakeAsync(RepositoryIdentity repository, Uri address, string secret)
    {
        var made = await github.AskAsync(
            repository.Id,
            client =>
                client.Connection.Post<Hook>(
                    HooksOf(repository),
                    new Dictionary<string, object>
                    {
                        ["name"] = "web",
                        ["active"] = true,
                        ["events"] = Events,
                        ["config"] = ConfigOf(address, secret),
                    },
                    accepts: null,
                    contentType: null
                ),
            CancellationToken.None
        );
        return made.Body.Id;
    }

    private async Task RenewAsync(RepositoryIdentity repository, long id, Uri address, string secret)
    {
        try
        {
            await github.AskAsync(
                repository.Id,
                client =>
                    client.Connection.Patch<Hook>(
                        HookOf(repository, id),
                        new Dictionary<string, object>
                        {
                            ["active"] = true,
                            ["add_events"] = Events,
                            ["config"] = ConfigOf(address, secret),
                        }
                    ),
                CancellationToken.None
            );
        }
        catch (CanaryException e) when (e.Code == GitHubCodes.GithubUnreachable)
        {
            throw Uncertain(repository, e);
        }
    }

    private async Task DeleteAsync(RepositoryIdentity repository, IEnumerable<long> ids)
    {
        foreach (var id in ids)
        {
            await github.AskAsync(
                repository.Id,
                client => client.Connection.Delete(HookOf(repository, id)),
                CancellationToken.None
            );
        }
    }

    private static Dictionary<string, object> ConfigOf(Uri address, string secret) =>
        new()
        {
            ["url"] = address.AbsoluteUri,
            ["content_type"] = "json",
            ["secret"] = secret,
            ["insecure_ssl"] = "0",
        };

    private static Uri HooksOf(RepositoryIdentity repository) =>
        new($"repositories/{repository.Id}/hooks", UriKind.Relative);

    private static Uri HookOf(RepositoryIdentity repository, long id) =>
        new($"repositories/{repository.Id}/hooks/{id}", UriKind.Relative);

    private static CanaryException Uncertain(RepositoryIdentity repository, CanaryException cause) =>
        cause.Code == IngressCodes.WebhookUncertain
            ? cause
            : new CanaryException(
                IngressCodes.WebhookUncertain,
                $"Whether the webhook of {repository.Name} is made is not known: {cause.Message}",
                $"Say it again when GitHub answers: 'canary apps add {repository.Name}' finds what there is; 'canary apps remove {repository.Name}' removes it.",
                cause
            );

    /// <summary>The part of a webhook that is looked at; its id does not fit into that of the client library for ever.</summary>
    internal sealed class Hook
    {
        public long Id { get; set; }

        public HookConfig? Config { get; set; }
    }

    internal sealed class HookConfig
    {
        public string? Url { get; set; }
    }
}
