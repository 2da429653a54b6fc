using System.Buffers;
using System.Security.Cryptography;

namespace Canary.Ingress.Webhooks.Sources;

/// <summary>HMAC-SHA256 of a body in pieces.</summary>
internal static class BodyHash
{
    public const int Size = HMACSHA256.HashSizeInBytes;

    /// <summary>Whether it is the hash of the body under one of the secrets. Every secret is tried, in constant time.</summary>
    public static bool IsOf(ReadOnlySpan<byte> given, ReadOnlySequence<byte> body, IReadOnlyList<byte[]> secrets)
    {
        Span<byte> expected = stackalloc byte[Size];
        var valid = false;
        foreach (var secret in secrets)
        {
            Compute(secret, body, expected);
            valid |= CryptographicOperations.FixedTimeEquals(expected, given);
        }

        return valid;
    }

    /// <summary>Reads it from hexadecimal digits.</summary>
    /// <returns><c>null</c>: it is missing, or is no hash.</returns>
    public static byte[]? Parse(ReadOnlySpan<char> hexadecimal)
    {
        var given = new byte[Size];
        return
            hexadecimal.Length == Size * 2
            && Convert.FromHexString(hexadecimal, given, out _, out _) == OperationStatus.Done
            ? given
            : null;
    }

    private static void Compute(byte[] secret, ReadOnlySequence<byte> body, Span<byte> hash)
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
