using System.Text;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>Text with signatures around it, as <see cref="ArchiveKeys.SignClear"/> makes it.</summary>
internal sealed class ClearSigned
{
    private const string Begin = "-----BEGIN PGP SIGNED MESSAGE-----\n";
    private const string Signature = "-----BEGIN PGP SIGNATURE-----";

    private readonly PgpSignatureList _signatures;

    private ClearSigned(string text, PgpSignatureList signatures)
    {
        Text = text;
        _signatures = signatures;
    }

    public string Text { get; }

    /// <returns><c>null</c>: it is none.</returns>
    public static ClearSigned? Parse(string content)
    {
        var body = content.IndexOf("\n\n", StringComparison.Ordinal) + 2;
        var end = content.IndexOf(Signature, StringComparison.Ordinal);
        return
            content.StartsWith(Begin, StringComparison.Ordinal)
            && body > 1
            && end >= body
            && ArchiveKey.SignaturesIn(Encoding.UTF8.GetBytes(content[end..])) is { } signatures
            ? new ClearSigned(content[body..end], signatures)
            : null;
    }

    public bool IsOf(ArchiveKey key) => key.HasSigned(ArchiveKeys.Canonical(Text), _signatures);
}
