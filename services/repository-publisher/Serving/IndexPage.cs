using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Canary.RepositoryPublisher.Serving;

/// <summary>The page that says how a host gets its packages here.</summary>
internal static class IndexPage
{
    private const string Style = """

        body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 3rem auto; padding: 0 1rem; }
        pre { background: #f4f4f4; padding: 1rem; overflow-x: auto; }

        """;

    /// <summary>Nothing but the page's own style.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static string Render(string address, RepositoryPublisherOptions options, string fingerprint)
    {
        var suite = options.EffectiveSuites[^1];
        var keyring = $"/usr/share/keyrings/{RepositoryLayout.KeyringName}.pgp";
        var suites = string.Join(
            "\n",
            options.EffectiveSuites.Select(name => $"<li><a href=\"dists/{name}/InRelease\">{name}</a></li>")
        );
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
            <h2>Use it on a host</h2>
            <p>A host that Canary deploys to is prepared by <code>hosts/install.sh</code>. Any other machine is prepared by hand: as root,
            fetch the key, and compare its fingerprint with the one that <code>canary doctor</code> says on the server. This page says the
            one below, but whoever can change the key on its way to you can change this page too.</p>
            <pre>curl -fsSo {keyring} {Text(address)}{RepositoryLayout.KeyringName}.pgp
            gpg --show-keys {keyring}</pre>
            <pre>{fingerprint}</pre>
            <p>Write this to <code>/etc/apt/sources.list.d/canary.sources</code>, then run <code>apt-get update</code>:</p>
            <pre>Types: deb
            URIs: {Text(address)}
            Suites: {suite}
            Components: {RepositoryLayout.Component}
            Signed-By: {keyring}</pre>
            <h2>Suites</h2>
            <ul>
            {suites}
            </ul>
            <p>A host follows one suite. The key as text:
            <a href="{RepositoryLayout.KeyringName}.asc">{RepositoryLayout.KeyringName}.asc</a>.</p>
            </body>
            </html>

            """;
    }

    private static string Text(string value) => WebUtility.HtmlEncode(value);
}
