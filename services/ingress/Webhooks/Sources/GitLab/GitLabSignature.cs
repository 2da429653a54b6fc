using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Canary.Ingress.Webhooks.Sources.GitLab;

/// <summary>
/// <c>webhook-signature</c>, where the webhook has a signing token: <c>v1,</c> and the HMAC-SHA256 in base64 of
/// <c>ID.TIMESTAMP.BODY</c>, several of them separated by spaces; the key is the base64 behind <c>whsec_</c>. The time is not judged: a
/// delivery that comes again is known by its id and its commit, and the clocks of two machines would decide about a push. Source:
/// docs.gitlab.com, "Webhooks"; standardwebhooks.com.
/// </summary>
internal sealed class GitLabSignature : IWebhookProof
{
    public const string Header = "webhook-signature";

    public const string IdHeader = "webhook-id";

    private const string TimestampHeader = "webhook-timestamp";

    private const string Version = "v1,";

    private const int Longest = 300;

    private const int MostSignatures = 5;

    private readonly byte[] _prefix;

    private readonly List<byte[]> _given;

    private GitLabSignature(byte[] prefix, List<byte[]> given) => (_prefix, _given) = (prefix, given);

    private static ReadOnlySpan<byte> KeyPrefix => "whsec_"u8;

    public static bool IsSigningToken(byte[] secret) => secret.AsSpan().StartsWith(KeyPrefix);

    /// <returns><c>null</c>: it is missing.</returns>
    public static GitLabSignature? Parse(IHeaderDictionary headers)
    {
        if (
            headers[Header].ToString() is not { Length: > 0 and <= Longest } signatures
            || headers[IdHeader].ToString() is not { Length: > 0 and <= Longest } id
            || headers[TimestampHeader].ToString() is not { Length: > 0 and <= Longest } timestamp
        )
        {
            return null;
        }

        return new GitLabSignature(
            Encoding.UTF8.GetBytes($"{id}.{timestamp}."),
            [
                .. signatures
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Take(MostSignatures)
                    .Select(Decode)
                    .OfType<byte[]>(),
            ]
        );
    }

    public bool IsOf(ReadOnlySequence<byte> body, IReadOnlyList<byte[]> secrets)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var valid = false;
        foreach (var key in secrets.Select(KeyOf).OfType<byte[]>())
        {
            using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
            hash.AppendData(_prefix);
            foreach (var piece in body)
            {
                hash.AppendData(piece.Span);
            }

            hash.GetHashAndReset(expected);
            foreach (var given in _given)
            {
                valid |= CryptographicOperations.FixedTimeEquals(expected, given);
            }
        }

        return valid;
    }

    private static byte[]? KeyOf(byte[] secret)
    {
        var key = new byte[secret.Length];
        return
            IsSigningToken(secret)
            && Convert.TryFromBase64String(
                Encoding.ASCII.GetString(secret.AsSpan(KeyPrefix.Length)),
                key,
                out var length
            )
            && length > 0
            ? key[..length]
            : null;
    }

    private static byte[]? Decode(string signature)
    {
        var given = new byte[HMACSHA256.HashSizeInBytes];
        return
            signature.StartsWith(Version, StringComparison.Ordinal)
            && Convert.TryFromBase64String(signature[Version.Length..], given, out var length)
            && length == given.Length
            ? given
            : null;
    }
}
