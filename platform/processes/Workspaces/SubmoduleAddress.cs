using System.Text.RegularExpressions;

namespace Canary.Processes.Workspaces;

/// <summary>Addresses of repositories, as one says where another is.</summary>
internal static partial class SubmoduleAddress
{
    /// <summary>What the address of a submodule means (git-submodule(1), "add"): one that begins with <c>./</c> or <c>../</c> goes on
    /// from the repository's own.</summary>
    public static string Resolve(string repository, string address)
    {
        if (!address.StartsWith("./", StringComparison.Ordinal) && !address.StartsWith("../", StringComparison.Ordinal))
        {
            return address;
        }

        var at = repository.TrimEnd('/');
        var rest = address;
        while (true)
        {
            if (rest.StartsWith("../", StringComparison.Ordinal) && at.LastIndexOf('/') is > 0 and var slash)
            {
                (at, rest) = (at[..slash], rest[3..]);
            }
            else if (rest.StartsWith("../", StringComparison.Ordinal) && at.LastIndexOf(':') is > 0 and var colon)
            {
                // The short form of SSH, whose path has one name.
                return $"{at[..(colon + 1)]}{rest[3..]}".TrimEnd('/');
            }
            else if (rest.StartsWith("./", StringComparison.Ordinal))
            {
                rest = rest[2..];
            }
            else
            {
                return $"{at}/{rest}".TrimEnd('/');
            }
        }
    }

    /// <summary>Whether both are on one server, by one protocol; what is on this machine is on none.</summary>
    public static bool IsOnServerOf(string repository, string address) =>
        ServerOf(repository) is { } server
            ? string.Equals(server, ServerOf(address), StringComparison.OrdinalIgnoreCase)
            : LocalObjects.PathOf(repository) is not null && LocalObjects.PathOf(address) is not null;

    /// <summary>Name of the server; empty if it is on none.</summary>
    public static string HostOf(string address) =>
        Url().Match(address) is { Success: true } url ? url.Groups["host"].Value
        : Short().Match(address) is { Success: true } ssh ? ssh.Groups["host"].Value
        : "";

    private static string? ServerOf(string address) =>
        Url().Match(address) is { Success: true } url
            ? $"{url.Groups["scheme"].Value}://{url.Groups["host"].Value}{url.Groups["port"].Value}"
        : Short().Match(address) is { Success: true } ssh ? $"ssh://{ssh.Groups["host"].Value}"
        : null;

    /// <summary>Of the characters that a name may have: what git and curl understand by others (<c>?</c>, <c>#</c>, <c>%</c>, <c>\</c>) would
    /// be another server than the one that is seen here.</summary>
    [GeneratedRegex(@"\A(?<scheme>https?|ssh|git)://(?:[A-Za-z0-9._~:-]+@)?(?<host>[A-Za-z0-9.-]+)(?<port>:\d+)?/")]
    private static partial Regex Url();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]*@(?<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?!:).+\z")]
    private static partial Regex Short();
}
