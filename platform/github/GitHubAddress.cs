namespace Canary.GitHub;

/// <summary>Where GitHub is: its API, and the repositories that git fetches.</summary>
public sealed class GitHubAddress
{
    private const string EnterprisePath = "/api/v3";

    /// <param name="api">Address of the REST API.</param>
    internal GitHubAddress(string api)
    {
        Api = new Uri(api.EndsWith('/') ? api : api + "/");
        Web = WebOf(Api);
    }

    /// <summary>Address of the REST API, with a slash at its end.</summary>
    public Uri Api { get; }

    /// <summary>Address of the pages and repositories.</summary>
    public Uri Web { get; }

    /// <summary>Whether a request goes to the API, and not to whom an answer led.</summary>
    internal bool IsApi(Uri address) =>
        address.Scheme == Api.Scheme
        && address.Authority.Equals(Api.Authority, StringComparison.OrdinalIgnoreCase)
        && address.UserInfo.Length == 0;

    /// <summary>The repository that git fetches from an address.</summary>
    /// <param name="cloneUrl">An address over HTTP or SSH.</param>
    /// <returns><c>null</c>: it is on another server, or no repository's.</returns>
    public RepositoryName? RepositoryAt(string cloneUrl)
    {
        ArgumentNullException.ThrowIfNull(cloneUrl);

        return RepositoryAtHttp(cloneUrl)
            ?? (HostAndPathOverSsh(cloneUrl) is var (host, path) && host == Web.Host ? RepositoryName.Of(path) : null);
    }

    /// <summary>The same for addresses that the credentials for the API are good for: same scheme, host and port.</summary>
    public RepositoryName? RepositoryAtHttp(string cloneUrl) =>
        Uri.TryCreate(cloneUrl, UriKind.Absolute, out var address)
        && address.Scheme == Web.Scheme
        && address.Authority.Equals(Web.Authority, StringComparison.OrdinalIgnoreCase)
        && address.UserInfo.Length == 0
        && address.Query.Length == 0
            ? RepositoryName.Of(address.AbsolutePath)
            : null;

    /// <summary><c>git@github.com:acme/shop.git</c> and <c>ssh://git@github.com/acme/shop.git</c>.</summary>
    private static (string Host, string Path)? HostAndPathOverSsh(string cloneUrl)
    {
        if (Uri.TryCreate(cloneUrl, UriKind.Absolute, out var address) && address.Scheme == "ssh")
        {
            return (address.Host, address.AbsolutePath);
        }

        var at = cloneUrl.IndexOf('@', StringComparison.Ordinal);
        var colon = cloneUrl.IndexOf(':', StringComparison.Ordinal);
        return at > 0 && colon > at && !cloneUrl.Contains("://", StringComparison.Ordinal)
            ? (cloneUrl[(at + 1)..colon], cloneUrl[(colon + 1)..])
            : null;
    }

    /// <summary>An Enterprise Server has its API below a path (docs.github.com/enterprise-server/rest), GitHub and GHE.com on a host of
    /// its own.</summary>
    private static Uri WebOf(Uri api)
    {
        var web = new UriBuilder(api) { Path = "/" };
        const string OwnHost = "api.";
        if (
            !api.AbsolutePath.TrimEnd('/').EndsWith(EnterprisePath, StringComparison.Ordinal)
            && api.Host.StartsWith(OwnHost, StringComparison.OrdinalIgnoreCase)
        )
        {
            web.Host = api.Host[OwnHost.Length..];
        }

        return web.Uri;
    }
}
