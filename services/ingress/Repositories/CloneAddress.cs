using System.Buffers;

namespace Canary.Ingress.Repositories;

/// <summary>
/// Where git fetches from. Only addresses whose every part is known to be harmless get this far: git also understands
/// <c>ext::</c> and other transports that run programs, options in place of addresses, and credentials in them.
/// </summary>
internal static class CloneAddress
{
    private const int Longest = 500;

    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/"
    );

    /// <summary>
    /// Judges an address that came in a signed payload: scheme and host must be allowed, and it must be the address of
    /// the repository that the payload names.
    /// </summary>
    /// <returns><c>null</c> if it may be used, else what is wrong with it.</returns>
    public static string? Fault(
        string address,
        string repository,
        IReadOnlyList<string> schemes,
        IReadOnlyList<string> hosts
    )
    {
        if (Parse(address) is not { } parts)
        {
            return "it is not a plain https, ssh, http or file address";
        }

        if (!schemes.Contains(parts.Scheme, StringComparer.OrdinalIgnoreCase))
        {
            return $"its scheme {parts.Scheme} is not among ingress.clone-schemes";
        }

        if (parts.Scheme == "file")
        {
            return null;
        }

        if (!hosts.Contains(parts.Host, StringComparer.OrdinalIgnoreCase) && !hosts.Contains("*"))
        {
            return $"its host {parts.Host} is not among ingress.clone-hosts";
        }

        var path = parts.Path.EndsWith(".git", StringComparison.Ordinal) ? parts.Path[..^4] : parts.Path;
        return path.TrimStart('/').Equals(repository, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"it is not the address of {repository}";
    }

    /// <summary>Whether an address that the operator wrote (configuration, manual run) can be handed to git.</summary>
    public static bool IsUsable(string address) => IsLocalPath(address) || Parse(address) is not null;

    /// <summary>An absolute path on this machine.</summary>
    public static bool IsLocalPath(string address) =>
        address.Length is > 0 and <= 4000 && address[0] == '/' && !address.Any(PlainText.IsDeceptive);

    /// <summary>The path of a local repository given as <c>/path</c> or <c>file:///path</c>; <c>null</c> for others.</summary>
    public static string? LocalPathOf(string address) =>
        IsLocalPath(address) ? address
        : Parse(address) is { Scheme: "file" } parts ? parts.Path
        : null;

    private static (string Scheme, string Host, string Path)? Parse(string address)
    {
        if (address.Length is 0 or > Longest || address.Any(c => c <= ' ' || c > '~'))
        {
            return null;
        }

        var parts = address.Contains("://", StringComparison.Ordinal) ? ParseUrl(address) : ParseScp(address);
        return
            parts is { } p
            && !p.Path.AsSpan().ContainsAnyExcept(PathCharacters)
            && p.Path.Split('/').All(segment => segment is not (".." or "."))
            && !p.Path.Contains("/-", StringComparison.Ordinal)
            && p.Path.Trim('/').Length > 0
            ? p
            : null;
    }

    private static (string Scheme, string Host, string Path)? ParseUrl(string address)
    {
        // What .NET repairs, git reads in another way: backslashes in place of slashes, for example.
        if (
            !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || uri.Query.Length > 0
            || uri.Fragment.Length > 0
            || !address.StartsWith($"{uri.Scheme}://", StringComparison.OrdinalIgnoreCase)
        )
        {
            return null;
        }

        // The path as written: Uri would already have resolved "..", which git does not.
        var afterScheme = address.IndexOf("://", StringComparison.Ordinal) + 3;
        var slash = address.IndexOf('/', afterScheme);
        var path = slash < 0 ? "" : address[slash..];
        var host = uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}";
        return uri.Scheme switch
        {
            "https" or "http" when uri.UserInfo.Length == 0 && IsHost(uri.Host) => (uri.Scheme, host, path),
            "ssh" when IsUser(uri.UserInfo) && IsHost(uri.Host) => (uri.Scheme, uri.Port > 0 ? host : uri.Host, path),
            "file" when slash == afterScheme => (uri.Scheme, "", path),
            _ => null,
        };
    }

    /// <summary><c>git@github.com:acme/shop.git</c></summary>
    private static (string Scheme, string Host, string Path)? ParseScp(string address)
    {
        var at = address.IndexOf('@', StringComparison.Ordinal);
        var colon = address.IndexOf(':', StringComparison.Ordinal);
        return at > 0 && colon > at && IsUser(address[..at]) && IsHost(address[(at + 1)..colon])
            ? ("ssh", address[(at + 1)..colon], address[(colon + 1)..])
            : null;
    }

    private static bool IsHost(string host) =>
        host.Length > 0
        && host[0] != '-'
        && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or ':' or '[' or ']');

    private static bool IsUser(string user) =>
        user.Length == 0 || (user[0] != '-' && user.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
}
