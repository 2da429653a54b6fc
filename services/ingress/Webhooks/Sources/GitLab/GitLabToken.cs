using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Canary.Ingress.Webhooks.Sources.GitLab;

/// <summary><c>X-Gitlab-Token</c>: the secret itself, which says nothing about the body. Source: docs.gitlab.com, "Webhooks".</summary>
internal sealed class GitLabToken : IWebhookProof
{
    public const string Header = "X-Gitlab-Token";

    private const int Longest = 4096;

    private readonly byte[] _digest;

    private GitLabToken(string token) => _digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <returns><c>null</c>: it is missing.</returns>
    public static GitLabToken? Parse(IHeaderDictionary headers) =>
        headers[Header].ToString() is { Length: > 0 and <= Longest } token ? new GitLabToken(token) : null;

    /// <summary>A signing token is never sent, so it opens nothing here.</summary>
    public bool IsOf(ReadOnlySequence<byte> body, IReadOnlyList<byte[]> secrets)
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        var valid = false;
        foreach (var secret in secrets.Where(secret => !GitLabSignature.IsSigningToken(secret)))
        {
            SHA256.HashData(secret, expected);
            valid |= CryptographicOperations.FixedTimeEquals(expected, _digest);
        }

        return valid;
    }
}
