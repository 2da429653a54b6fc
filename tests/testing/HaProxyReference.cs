using System.Globalization;
using System.Text.RegularExpressions;

namespace Canary.Testing;

/// <summary>The configurations that docs/haproxy.md shows.</summary>
public static partial class HaProxyReference
{
    /// <summary>As they stand there.</summary>
    public static IReadOnlyList<string> Shown { get; } =
    [.. Block().Matches(File.ReadAllText(SourceTree.PathOf("docs/haproxy.md"))).Select(match => match.Groups[1].Value)];

    /// <summary>The first one with other servers, which also says of each answer whose it is (<c>X-Served-By</c>).</summary>
    /// <param name="hosts">Addresses, by name of the host.</param>
    /// <param name="canaries">Names of those that are canaries.</param>
    /// <param name="port">Port of 127.0.0.1 that it takes requests on.</param>
    /// <param name="runtimePort">Port of 127.0.0.1 for its runtime API.</param>
    public static string For(
        IReadOnlyDictionary<string, string> hosts,
        IReadOnlyCollection<string> canaries,
        int port,
        int runtimePort
    )
    {
        var backends = new Queue<IEnumerable<string>>([hosts.Keys, hosts.Keys.Where(canaries.Contains)]);
        return Servers()
            .Replace(
                Shown[0]
                    .Replace("127.0.0.1:8080", Local(port), StringComparison.Ordinal)
                    .Replace("127.0.0.1:9999", Local(runtimePort), StringComparison.Ordinal),
                _ =>
                    "  http-response set-header X-Served-By %s\n"
                    + string.Concat(backends.Dequeue().Select(host => $"  server {host} {hosts[host]}\n"))
            );
    }

    private static string Local(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    [GeneratedRegex("^```haproxy\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("(?:^  server .*\n)+", RegexOptions.Multiline)]
    private static partial Regex Servers();
}
