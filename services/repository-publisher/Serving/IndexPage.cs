using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Signing;

namespace Canary.RepositoryPublisher.Serving;

/// <summary>The page that says how a host gets its packages here.</summary>
internal static partial class IndexPage
{
    private const string Style = """

        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid #ddd; }
        td:nth-child(n+5), th:nth-child(n+5) { white-space: nowrap; }
        pre { background: #f4f4f4; padding: 1rem; overflow-x: auto; }

        """;

    /// <summary>Nothing but the page's own style.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static string Render(
        string address,
        RepositoryPublisherOptions options,
        ArchiveKeys keys,
        IReadOnlyList<ListedSuite> listed
    )
    {
        var suite = options.EffectiveSuites[^1];
        var keyring = $"/usr/share/keyrings/{RepositoryLayout.KeyringName}.pgp";
        var fingerprints = string.Join("\n", keys.All.Select(key => key.Fingerprint));
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>{Text(options.Label)} package repository</title>
            <style>{Style}</style>
            </head>
            <body>
            <h1>{Text(options.Label)} package repository</h1>
            <p>{Text(options.Description)}.</p>
            {string.Concat(listed.Select(Section))}
            <h2>Use it on a host</h2>
            <p>A host that Canary deploys to is prepared by <code>canary-host setup</code>, or by <code>hosts/install.sh</code>. Any other
            machine is prepared by hand: as root, fetch the key, and compare its fingerprint with the one that <code>canary doctor</code>
            says on the server. This page says the one below, but whoever can change the key on its way to you can change this page
            too.</p>
            <pre>curl -fsSo {keyring} {Text(address)}{RepositoryLayout.KeyringName}.pgp
            gpg --show-keys {keyring}</pre>
            <pre>{fingerprints}</pre>
            <p>Write this to <code>/etc/apt/sources.list.d/canary.sources</code>, then run <code>apt-get update</code>:</p>
            <pre>Types: deb
            URIs: {Text(address)}
            Suites: {suite}
            Components: {RepositoryLayout.Component}
            Signed-By: {keyring}</pre>
            <p>A host follows one suite. The key as text:
            <a href="{RepositoryLayout.KeyringName}.asc">{RepositoryLayout.KeyringName}.asc</a>.</p>
            </body>
            </html>

            """;
    }

    private static string Section(ListedSuite suite) =>
        $"""
            <h2>{Text(suite.Name)}</h2>
            {(suite.Packages.Count == 0 ? "<p>Nothing yet.</p>" : Table(suite))}
            <p>Signed: <a href="dists/{Text(suite.Name)}/InRelease">InRelease</a>.</p>

            """;

    private static string Table(ListedSuite suite) =>
        $"""
            <table>
            <thead><tr><th>package</th><th>version</th><th>architecture</th><th>commit</th><th>published</th><th>size</th><th></th></tr></thead>
            <tbody>
            {string.Join("\n", suite.Packages.Select(listed => Row(listed.Package, listed.Bill)))}
            </tbody>
            </table>
            """;

    private static string Row(PoolPackage package, string? bill)
    {
        var link = bill is null ? "" : $"<a href=\"{Text(bill)}\">contents</a>";
        string[] cells =
        [
            $"<a href=\"{Text(package.FileName)}\">{Text(package.Name)}</a>",
            Text(package.Version),
            Text(package.Architecture),
            CommitSyntax().Match(package.Version) is { Success: true } commit
                ? $"<code>{commit.Groups[1].Value}</code>"
                : "",
            package.PublishedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            Size(package.Size),
            link,
        ];
        return $"<tr>{string.Concat(cells.Select(cell => $"<td>{cell}</td>"))}</tr>";
    }

    private static string Size(long bytes) =>
        bytes < 1 << 20
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");

    private static string Text(string value) => WebUtility.HtmlEncode(value);

    [GeneratedRegex(@"[.+~]g([0-9a-f]{7,40})\z")]
    private static partial Regex CommitSyntax();
}
