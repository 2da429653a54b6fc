using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Canary.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Webhooks;

/// <summary>
/// <c>X-Hub-Signature-256</c>: <c>sha256=</c> and the hexadecimal HMAC-SHA256 of the raw body. Source:
/// docs.github.com, "Validating webhook deliveries".
/// </summary>
internal sealed class GitHubSignature
{
    public const string Header = "X-Hub-Signature-256";

    private const string Prefix = "sha256=";

    private readonly byte[] _given;

    private GitHubSignature(byte[] given) => _given = given;

    /// <returns><c>null</c>: it is missing, or is no signature.</returns>
    public static GitHubSignature? Parse(string? header)
    {
        var given = new byte[HMACSHA256.HashSizeInBytes];
        return
            header?.Length == Prefix.Length + (HMACSHA256.HashSizeInBytes * 2)
            && header.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.FromHexString(header.AsSpan(Prefix.Length), given, out _, out _) == OperationStatus.Done
            ? new GitHubSignature(given)
            : null;
    }

    /// <summary>Whether one of the secrets made it for the body. Every secret is tried, in constant time.</summary>
    public bool IsOf(ReadOnlySequence<byte> body, IReadOnlyList<byte[]> secrets)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var valid = false;
        foreach (var secret in secrets)
        {
            Hash(secret, body, expected);
            valid |= CryptographicOperations.FixedTimeEquals(expected, _given);
        }

        return valid;
    }

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

    private static void Hash(byte[] secret, ReadOnlySequence<byte> body, Span<byte> hash)
    {
        if (body.IsSingleSegment)
        {
            HMACSHA256.HashData(secret, body.FirstSpan, hash);
            return;
        }

        using var whole = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        foreach (var piece in body)
        {
            whole.AppendData(piece.Span);
        }

        whole.GetHashAndReset(hash);
    }
}
