using Canary.Failures;
using Canary.GitHub;

namespace Canary.Ingress.Repositories.Registrations;

/// <summary>Webhooks of repositories at GitHub: docs.github.com/rest/repos/webhooks.</summary>
internal sealed class RepositoryHooks(GitHubApi github)
{
    private static readonly string[] Events = ["push"];

    /// <summary>Makes the webhook unless there is one with its address, which gets the secret then.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="address">Where it leads.</param>
    /// <param name="secret">What it signs with.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="CanaryException">It has not got the secret; <see cref="IngressCodes.WebhookUncertain"/>: or it has, and nobody
    /// knows.</exception>
    public async Task<long> EnsureAsync(RepositoryName name, Uri address, string secret)
    {
        if (await FindAsync(name, address) is { Count: > 0 } found)
        {
            return await AdoptAsync(name, found, address, secret);
        }

        try
        {
            return await MakeAsync(name, address, secret);
        }
        catch (CanaryException e) when (e.Code is GitHubCodes.GithubUnreachable or GitHubCodes.GithubRejected)
        {
            return await FindMadeAsync(name, address, secret, e);
        }
    }

    /// <summary>Deletes the webhook with an address; that there is none is all right.</summary>
    /// <exception cref="CanaryException">It may still be there.</exception>
    public async Task DeleteAsync(RepositoryName name, long? id, Uri? address)
    {
        try
        {
            await DeleteAsync(name, id is { } known ? [known] : await FindAsync(name, address));
        }
        catch (CanaryException e) when (GitHubErrors.IsNotFound(e))
        {
            // Somebody deleted it, or the repository, or took us the access to it.
        }
    }

    /// <summary>What was asked may have been done, and only the answer was lost.</summary>
    private async Task<long> FindMadeAsync(RepositoryName name, Uri address, string secret, CanaryException failure)
    {
        try
        {
            if (await FindAsync(name, address) is { Count: > 0 } made)
            {
                return await AdoptAsync(name, made, address, secret);
            }
        }
        catch (CanaryException e)
        {
            throw Uncertain(name, e);
        }

        throw failure.Code == GitHubCodes.GithubUnreachable ? Uncertain(name, failure) : failure;
    }

    /// <summary>One is enough: of several, the oldest stays.</summary>
    private async Task<long> AdoptAsync(RepositoryName name, IReadOnlyList<long> found, Uri address, string secret)
    {
        await DeleteAsync(name, found.Skip(1));
        await RenewAsync(name, found[0], address, secret);
        return found[0];
    }

    private async Task<IReadOnlyList<long>> FindAsync(RepositoryName name, Uri? address)
    {
        try
        {
            var answer = await github.AskAsync(
                name,
                client =>
                    client.Connection.Get<List<Hook>>(
                        HooksOf(name),
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
        catch (CanaryException e) when (GitHubErrors.IsNotFound(e))
        {
            // GitHub hides webhooks from tokens that may not see them.
            throw new CanaryException(
                GitHubCodes.GithubDenied,
                $"GitHub shows no webhooks of {name} to our App or token.",
                "Give the App, or the token, the permission Webhooks: read and write in this repository (a classic token: admin:repo_hook), and let "
                    + "the owner accept it.",
                e
            );
        }
    }

    private async Task<long> MakeAsync(RepositoryName name, Uri address, string secret)
    {
        var made = await github.AskAsync(
            name,
            client =>
                client.Connection.Post<Hook>(
                    HooksOf(name),
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

    private async Task RenewAsync(RepositoryName name, long id, Uri address, string secret)
    {
        try
        {
            await github.AskAsync(
                name,
                client =>
                    client.Connection.Patch<Hook>(
                        HookOf(name, id),
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
            throw Uncertain(name, e);
        }
    }

    private async Task DeleteAsync(RepositoryName name, IEnumerable<long> ids)
    {
        foreach (var id in ids)
        {
            await github.AskAsync(name, client => client.Connection.Delete(HookOf(name, id)), CancellationToken.None);
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

    private static Uri HooksOf(RepositoryName name) => new($"repos/{name}/hooks", UriKind.Relative);

    private static Uri HookOf(RepositoryName name, long id) => new($"repos/{name}/hooks/{id}", UriKind.Relative);

    private static CanaryException Uncertain(RepositoryName name, CanaryException cause) =>
        cause.Code == IngressCodes.WebhookUncertain
            ? cause
            : new CanaryException(
                IngressCodes.WebhookUncertain,
                $"Whether the webhook of {name} is made is not known: {cause.Message}",
                $"Say it again when GitHub answers: 'canary apps add {name}' finds what there is; 'canary apps remove {name}' removes it.",
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
