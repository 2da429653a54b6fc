using System.Security.Cryptography;
using Canary.Failures;
using Canary.Files;
using Org.BouncyCastle.Bcpg;
using Org.BouncyCastle.Bcpg.OpenPgp;
using Org.BouncyCastle.Bcpg.Sig;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>
/// A key that signs the repository: OpenPGP. Its private half never leaves its file, which only this service's user can read.
/// </summary>
/// <remarks>
/// Version 4 key, SHA-512. Ed25519 as algorithm 22 (EdDSA of RFC 4880bis): the one form of it that both gpgv 2.2 (Debian 12) and
/// sqv (Debian 13) accept.
/// </remarks>
internal sealed class ArchiveKey
{
    private const int RsaBits = 4096;

    private static readonly char[] NoPassphrase = [];

    private readonly PgpPrivateKey _privateKey;
    private readonly PgpPublicKey _publicKey;

    private ArchiveKey(PgpSecretKey secretKey)
    {
        _privateKey = secretKey.ExtractPrivateKey(NoPassphrase);
        _publicKey = secretKey.PublicKey;
        PublicKey = _publicKey.GetEncoded();
    }

    /// <summary>The public key as a binary keyring.</summary>
    public byte[] PublicKey { get; }

    /// <summary>Its fingerprint in upper-case hexadecimal digits.</summary>
    public string Fingerprint => Convert.ToHexString(_publicKey.GetFingerprint());

    /// <summary>What it is: <c>ed25519</c>, <c>rsa4096</c> or, for a key that was brought along, what OpenPGP calls it.</summary>
    public string Algorithm =>
        _publicKey.Algorithm switch
        {
            PublicKeyAlgorithmTag.EdDsa_Legacy => "ed25519",
            PublicKeyAlgorithmTag.RsaGeneral => $"rsa{_publicKey.BitStrength}",
            var other => $"{other}",
        };

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt => new(_publicKey.CreationTime, TimeSpan.Zero);

    /// <summary>When hosts stop believing it; <c>null</c>: never.</summary>
    public DateTimeOffset? ExpiresAt =>
        _publicKey.GetValidSeconds() is > 0 and var seconds ? CreatedAt + TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Fingerprints of the keys of a binary keyring; empty if it holds none.</summary>
    public static IReadOnlyList<string> FingerprintsOf(byte[] keyring)
    {
        try
        {
            return
            [
                .. new PgpPublicKeyRingBundle(keyring)
                    .GetKeyRings()
                    .Select(ring => Convert.ToHexString(ring.GetPublicKey().GetFingerprint())),
            ];
        }
        catch (Exception e) when (e is PgpException or IOException)
        {
            return [];
        }
    }

    /// <summary>Armored signatures; <c>null</c>: there are none.</summary>
    public static PgpSignatureList? SignaturesIn(byte[] armored)
    {
        try
        {
            using var packets = new ArmoredInputStream(new MemoryStream(armored));
            return new PgpObjectFactory(packets).NextPgpObject() as PgpSignatureList;
        }
        catch (Exception e) when (e is PgpException or IOException)
        {
            return null;
        }
    }

    /// <summary>Makes a key in a private directory, unless its file is there.</summary>
    public static void Make(string path, NewKey wanted, DateTimeOffset now)
    {
        var directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!File.Exists(path))
        {
            SecretFile.WriteNew(path, Generate(wanted, now));
            Posix.Flush(directory);
        }
    }

    /// <summary>Opens a key.</summary>
    /// <exception cref="CanaryException">The key's file cannot be read. It is never replaced: every host trusts
    /// it.</exception>
    public static ArchiveKey Open(string path)
    {
        try
        {
            return new ArchiveKey(new PgpSecretKeyRing(File.ReadAllBytes(path)).GetSecretKey());
        }
        catch (Exception e) when (e is PgpException or IOException or UnauthorizedAccessException)
        {
            throw new CanaryException(
                RepositoryPublisherCodes.ArchiveKeyUnreadable,
                $"The repository's signing key {path} cannot be read: {e.Message.TrimEnd('.')}.",
                "Restore the file from a backup, readable and writable by the service's user only. It is not replaced by itself: "
                    + "hosts trust no other key."
            );
        }
    }

    /// <summary>Whether one of detached signatures is this key's, and the content unchanged since.</summary>
    public bool HasSigned(byte[] content, PgpSignatureList signatures)
    {
        try
        {
            for (var i = 0; i < signatures.Count; i++)
            {
                if (signatures[i].KeyId == _publicKey.KeyId)
                {
                    signatures[i].InitVerify(_publicKey);
                    signatures[i].Update(content);
                    return signatures[i].Verify();
                }
            }
        }
        catch (Exception e) when (e is PgpException or IOException)
        {
            return false;
        }

        return false;
    }

    /// <summary>A signature of some bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> content, DateTimeOffset time) =>
        Sign(PgpSignature.BinaryDocument, content, time);

    /// <summary>A signature of text, in its canonical form.</summary>
    public byte[] SignText(ReadOnlySpan<byte> content, DateTimeOffset time) =>
        Sign(PgpSignature.CanonicalTextDocument, content, time);

    private static byte[] Generate(NewKey wanted, DateTimeOffset now)
    {
        var random = new SecureRandom();
        var pair = Pair(wanted.Algorithm, random, now);
        var properties = new PgpSignatureSubpacketGenerator();
        // As old as the key: sqv refuses what was signed before the key was bound to its owner.
        properties.SetSignatureCreationTime(isCritical: false, now.UtcDateTime);
        properties.SetKeyFlags(isCritical: true, KeyFlags.CertifyOther | KeyFlags.SignData);
        properties.SetPreferredHashAlgorithms(isCritical: false, [(int)HashAlgorithmTag.Sha512]);
        properties.SetIssuerFingerprint(isCritical: false, pair.PublicKey);
        if (wanted.ExpiresAfter is { } validity)
        {
            properties.SetKeyExpirationTime(isCritical: true, (long)validity.TotalSeconds);
        }

        var ring = new PgpKeyRingGenerator(
            PgpSignature.PositiveCertification,
            pair,
            wanted.Owner,
            SymmetricKeyAlgorithmTag.Null,
            HashAlgorithmTag.Sha512,
            utf8PassPhrase: false,
            NoPassphrase,
            useSha1: false,
            properties.Generate(),
            unhashedPackets: null,
            random
        );
        return ring.GenerateSecretKeyRing().GetEncoded();
    }

    private static PgpKeyPair Pair(KeyAlgorithm algorithm, SecureRandom random, DateTimeOffset now)
    {
        if (algorithm == KeyAlgorithm.Rsa4096)
        {
            // The platform finds primes many times faster.
            using var rsa = RSA.Create(RsaBits);
            return new PgpKeyPair(
                PublicKeyAlgorithmTag.RsaGeneral,
                DotNetUtilities.GetRsaKeyPair(rsa),
                now.UtcDateTime
            );
        }

        var generator = new Ed25519KeyPairGenerator();
        generator.Init(new Ed25519KeyGenerationParameters(random));
        return new PgpKeyPair(PublicKeyAlgorithmTag.EdDsa_Legacy, generator.GenerateKeyPair(), now.UtcDateTime);
    }

    private byte[] Sign(int type, ReadOnlySpan<byte> content, DateTimeOffset time)
    {
        var properties = new PgpSignatureSubpacketGenerator();
        properties.SetSignatureCreationTime(isCritical: true, time.UtcDateTime);
        properties.SetIssuerFingerprint(isCritical: false, _publicKey);
        var signature = new PgpSignatureGenerator(_publicKey.Algorithm, HashAlgorithmTag.Sha512);
        signature.InitSign(type, _privateKey);
        signature.SetHashedSubpackets(properties.Generate());
        signature.Update(content);
        return signature.Generate().GetEncoded();
    }
}
