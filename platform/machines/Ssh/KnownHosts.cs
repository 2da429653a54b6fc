using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Canary.Machines.Ssh;

/// <summary>What a file of known hosts says (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). Certificate authorities are passed
/// over.</summary>
internal static class KnownHosts
{
    /// <summary>Keys of a host, and those that it must never show.</summary>
    internal sealed record Entry(bool IsRevoked, string KeyType, byte[] Key);

    public static List<Entry> Find(string text, string address, int port)
    {
        var name = NameOf(address, port);
        var entries = new List<Entry>();
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var marker = fields[0].StartsWith('@') ? fields[0] : null;
            if (fields[0].StartsWith('#') || marker is not (null or "@revoked"))
            {
                continue;
            }

            if (
                fields[(marker is null ? 0 : 1)..] is [var hosts, var type, var key, ..]
                && Matches(hosts, name)
                && TryDecode(key) is { } blob
            )
            {
                entries.Add(new Entry(marker is not null, type, blob));
            }
        }

        return entries;
    }

    /// <summary>A line for the file.</summary>
    public static string Line(string address, int port, string keyType, byte[] key) =>
        $"{NameOf(address, port)} {keyType} {Convert.ToBase64String(key)}\n";

    private static string NameOf(string address, int port) =>
        port == SshAccess.DefaultPort ? address : string.Create(CultureInfo.InvariantCulture, $"[{address}]:{port}");

    private static bool Matches(string hosts, string name)
    {
        if (hosts.StartsWith("|1|", StringComparison.Ordinal))
        {
            return MatchesHash(hosts, name);
        }

        var matches = false;
        foreach (var pattern in hosts.Split(','))
        {
            var isNegated = pattern.StartsWith('!');
            if (MatchesPattern(isNegated ? pattern[1..] : pattern, name))
            {
                if (isNegated)
                {
                    return false;
                }

                matches = true;
            }
        }

        return matches;
    }

    private static bool MatchesPattern(string pattern, string name)
    {
        var expression = Regex
            .Escape(pattern)
            .Replace("\\*", ".*", StringComparison.Ordinal)
            .Replace("\\?", ".", StringComparison.Ordinal);
        return Regex.IsMatch(
            name,
            $"\\A{expression}\\z",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
        );
    }

    /// <summary><c>|1|SALT|HASH</c>: HMAC-SHA1 of the name.</summary>
    private static bool MatchesHash(string hosts, string name) =>
        hosts.Split('|') is ["", "1", var salt, var hash]
        && TryDecode(salt) is { } key
        && TryDecode(hash) is { } expected
#pragma warning disable CA5350 // The format's choice; it hides names and guards nothing.
        && CryptographicOperations.FixedTimeEquals(HMACSHA1.HashData(key, Encoding.ASCII.GetBytes(name)), expected);
#pragma warning restore CA5350

    private static byte[]? TryDecode(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }
}
