using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Canary.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Webhooks.Sources.GitHub;

/// <summary>
/// <c>X-Hub-Signature-256</c>: <c>sha256=</c> and the hexadecimal HMAC-SHA256 of the raw body. Source:
/// docs.github.com, "Validating webhook deliveries".
/// </summary>
internal sealed class GitHubSignature : IWebhookProof
{
    public const string Header = "X-Hub-Signature-256";

    private const string Prefix = "sha256=";

    private readonly byte[] _given;

    private GitHubSignature(byte[] given) => _given = given;

    /// <returns><c>null</c>: it is missing, or is no signature.</returns>
    public static GitHubSignature? Parse(string? header) =>
        header?.StartsWith(Prefix, StringComparison.Ordinal) == true
        && BodyHash.Parse(header.AsSpan(Prefix.Length)) is { } given
            ? new GitHubSignature(given)
            : null;

    public bool IsOf(ReadOnlySequence<byte> body, IReadOnlyList<byte[]> secrets) =>
        BodyHash.IsOf(_given, body, secrets);

    /// <summary>The header that GitHub would send.</summary>
    public static string Of(ReadOnlySpan<byte> body, string secret) =>
        Prefix + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    public static ProblemHttpResult Refusal() =>
        Problems.Result(
            StatusCodes.Status401Unauthorized,
            IngressCodes.SignatureInvalid,
            $"The header {Header} is missing or does not match the body.",
            "Use the same secret in the webhook's settings at GitHub and in ingress.webhook-secret-files, or in those of the "
                + "repository's own entry where it has any; 'canary doctor' says where the server takes it from."
        );
}
