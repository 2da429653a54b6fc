using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Canary.Machines.Ssh;

/// <summary>What a file of known hosts says (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). Read once, asked for many hosts: names that
/// stand there in clear are looked up, patterns and hashed names are tried one by one.</summary>
internal sealed class KnownHosts
{
    private readonly Dictionary<string, List<Entry>> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(Func<string, bool> Matches, Entry Entry)> _byPattern = [];

    private KnownHosts() { }

    /// <summary>What a key is to a host.</summary>
    internal enum Meaning
    {
        /// <summary>The host's own.</summary>
        Host,

        /// <summary>It signs certificates of the host.</summary>
        Authority,

        /// <summary>The host must never show it, nor a certificate that is signed by it.</summary>
        Revoked,
    }

    /// <summary>A key.</summary>
    internal sealed record Entry(Meaning Meaning, byte[] Key)
    {
        public bool Is(byte[] key) => Key.AsSpan().SequenceEqual(key);
    }

    public static KnownHosts Parse(string text)
    {
        var known = new KnownHosts();
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            known.Add(line);
        }

        return known;
    }

    /// <summary>All that is said of a host.</summary>
    public List<Entry> Find(string address, int port)
    {
        var name = NameOf(address, port);
        return
        [
            .. _byName.GetValueOrDefault(name) ?? [],
            .. _byPattern.Where(line => line.Matches(name)).Select(line => line.Entry),
        ];
    }

    /// <summary>A line for the file.</summary>
    public static string Line(string address, int port, string keyType, byte[] key) =>
        $"{NameOf(address, port)} {keyType} {Convert.ToBase64String(key)}\n";

    private static string NameOf(string address, int port) =>
        port == SshAccess.DefaultPort ? address : string.Create(CultureInfo.InvariantCulture, $"[{address}]:{port}");

    private void Add(string line)
    {
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Meaning? meaning = fields[0] switch
        {
            "@cert-authority" => Meaning.Authority,
            "@revoked" => Meaning.Revoked,
            ['#' or '@', ..] => null,
            _ => Meaning.Host,
        };
        if (
            meaning is { } known
            && fields[(known == Meaning.Host ? 0 : 1)..] is [var hosts, _, var key, ..]
            && TryDecode(key) is { } blob
        )
        {
            Add(hosts, new Entry(known, blob));
        }
    }

    private void Add(string hosts, Entry entry)
    {
        if (hosts.StartsWith('|'))
        {
            if (Hashed(hosts) is { } matches)
            {
                _byPattern.Add((matches, entry));
            }
        }
        else if (hosts.AsSpan().ContainsAny('*', '?', '!'))
        {
            var patterns = hosts.Split(',').Select(HostPattern.Of).ToList();
            _byPattern.Add((name => HostPattern.Match(patterns, name), entry));
        }
        else
        {
            foreach (var name in hosts.Split(','))
            {
                if (!_byName.TryGetValue(name, out var entries))
                {
                    _byName[name] = entries = [];
                }

                entries.Add(entry);
            }
        }
    }

    /// <summary><c>|1|SALT|HASH</c>: HMAC-SHA1 of the name.</summary>
    private static Func<string, bool>? Hashed(string hosts) =>
        hosts.Split('|') is ["", "1", var salt, var hash]
        && TryDecode(salt) is { } key
        && TryDecode(hash) is { } expected
#pragma warning disable CA5350 // The format's choice; it hides names and guards nothing.
            ? name =>
                CryptographicOperations.FixedTimeEquals(HMACSHA1.HashData(key, Encoding.ASCII.GetBytes(name)), expected)
            : null;
#pragma warning restore CA5350

    private static byte[]? TryDecode(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }
}

/// <summary>A pattern for names of hosts (ssh_config(5), PATTERNS).</summary>
internal sealed record HostPattern(bool IsNegated, Regex Expression)
{
    public static HostPattern Of(string pattern)
    {
        var isNegated = pattern.StartsWith('!');
        var expression = Regex
            .Escape(isNegated ? pattern[1..] : pattern)
            .Replace("\\*", ".*", StringComparison.Ordinal)
            .Replace("\\?", ".", StringComparison.Ordinal);
        return new HostPattern(
            isNegated,
            new Regex(
                $"\\A{expression}\\z",
                RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
            )
        );
    }

    /// <summary>Whether a name matches one of them, and none that is negated.</summary>
    public static bool Match(IReadOnlyCollection<HostPattern> patterns, string name)
    {
        var matching = patterns.Where(pattern => pattern.Expression.IsMatch(name)).ToList();
        return matching.Count > 0 && !matching.Exists(pattern => pattern.IsNegated);
    }
}
