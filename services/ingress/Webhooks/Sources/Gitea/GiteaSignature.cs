using System.Buffers;

namespace Canary.Ingress.Webhooks.Sources.Gitea;

/// <summary><c>X-Gitea-Signature</c>: the hexadecimal HMAC-SHA256 of the payload, without a prefix. That is the body only
/// where it is sent as JSON: of a form Gitea signs what is in the field, which nobody decodes for strangers. Source: docs.gitea.com,
/// "Webhooks"; services/webhook/deliver.go of go-gitea/gitea.</summary>
internal sealed class GiteaSignature : IWebhookProof
{
    private readonly byte[] _given;

    private GiteaSignature(byte[] given) => _given = given;

    /// <returns><c>null</c>: it is missing, or is no signature.</returns>
    public static GiteaSignature? Parse(string? header) => BodyHash.Parse(header) is { } given ? new(given) : null;

    public bool IsOf(ReadOnlySequence<byte> body, IReadOnlyList<byte[]> secrets) =>
        BodyHash.IsOf(_given, body, secrets);
}
