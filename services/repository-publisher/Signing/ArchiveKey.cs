using System.Text;
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
/// The key that signs the repository: OpenPGP, Ed25519, made at the first start. Its private half never leaves its
/// file, which only this service's user can read.
/// </summary>
/// <remarks>
/// Version 4 key, algorithm 22 (EdDSA of RFC 4880bis), SHA-512: the one form of Ed25519 that both gpgv 2.2 (Debian 12)
/// and sqv (Debian 13) accept.
/// </remarks>
internal sealed class ArchiveKey
{
    /// <summary>Name of its file.</summary>
    public const string FileName = "archive-key.pgp";

    private static readonly char[] NoPassphrase = [];

    private readonly PgpPrivateKey _privateKey;
    private readonly PgpPublicKey _publicKey;

    private ArchiveKey(PgpSecretKey secretKey)
    {
        _privateKey = secretKey.ExtractPrivateKey(NoPassphrase);
        _publicKey = secretKey.PublicKey;
        PublicKey = _publicKey.GetEncoded();
        ArmoredPublicKey = Armor(PublicKey);
    }

    /// <summary>The public key as a binary keyring.</summary>
    public byte[] PublicKey { get; }

    /// <summary>The public key as text.</summary>
    public byte[] ArmoredPublicKey { get; }

    /// <summary>Its fingerprint in upper-case hexadecimal digits.</summary>
    public string Fingerprint => Convert.ToHexString(_publicKey.GetFingerprint());

    /// <summary>Fingerprint of the key of a binary keyring; <c>null</c> if it holds none.</summary>
    public static string? FingerprintOf(byte[] keyring)
    {
        try
        {
            return Convert.ToHexString(new PgpPublicKeyRing(keyring).GetPublicKey().GetFingerprint());
        }
        catch (Exception e) when (e is PgpException or IOException)
        {
            return null;
        }
    }

    /// <summary>Opens the key of a private directory, and makes it if there is none yet.</summary>
    /// <exception cref="CanaryException">The key's file cannot be read. It is never replaced: every host trusts
    /// it.</exception>
    public static ArchiveKey Open(string directory, string owner, DateTimeOffset now)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            SecretFile.WriteNew(path, Generate(owner, now));
            Posix.Flush(directory);
        }

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

    /// <summary>Whether a detached, armored signature is this key's, and the content unchanged since.</summary>
    public bool HasSigned(byte[] content, byte[] signature)
    {
        try
        {
            using var armored = new ArmoredInputStream(new MemoryStream(signature));
            if (new PgpObjectFactory(armored).NextPgpObject() is not PgpSignatureList { Count: > 0 } signatures)
            {
                return false;
            }

            signatures[0].InitVerify(_publicKey);
            signatures[0].Update(content);
            return signatures[0].Verify();
        }
        catch (Exception e) when (e is PgpException or IOException)
        {
            return false;
        }
    }

    /// <summary>A detached, armored signature (<c>Release.gpg</c>).</summary>
    public byte[] SignDetached(byte[] content, DateTimeOffset time)
    {
        var signature = Begin(PgpSignature.BinaryDocument, time);
        signature.Update(content);
        return Armor(signature.Generate().GetEncoded());
    }

    /// <summary>The text with its signature around it (<c>InRelease</c>).</summary>
    /// <param name="text">Lines that end in <c>\n</c>, none of which begins with a hyphen or ends in white
    /// space.</param>
    /// <param name="time">When it is signed.</param>
    public byte[] SignClear(string text, DateTimeOffset time)
    {
        var signature = Begin(PgpSignature.CanonicalTextDocument, time);
        // RFC 4880, 7.1: lines end in CR LF for the signature, and the last line end is not part of it.
        signature.Update(Encoding.UTF8.GetBytes(text.TrimEnd('\n').Replace("\n", "\r\n", StringComparison.Ordinal)));

        using var output = new MemoryStream();
        output.Write("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"u8);
        output.Write(Encoding.UTF8.GetBytes(text));
        output.Write(Armor(signature.Generate().GetEncoded()));
        return output.ToArray();
    }

    private static byte[] Generate(string owner, DateTimeOffset now)
    {
        var random = new SecureRandom();
        var generator = new Ed25519KeyPairGenerator();
        generator.Init(new Ed25519KeyGenerationParameters(random));
        var pair = new PgpKeyPair(PublicKeyAlgorithmTag.EdDsa_Legacy, generator.GenerateKeyPair(), now.UtcDateTime);

        var properties = new PgpSignatureSubpacketGenerator();
        // As old as the key: sqv refuses what was signed before the key was bound to its owner.
        properties.SetSignatureCreationTime(isCritical: false, now.UtcDateTime);
        properties.SetKeyFlags(isCritical: true, KeyFlags.CertifyOther | KeyFlags.SignData);
        properties.SetPreferredHashAlgorithms(isCritical: false, [(int)HashAlgorithmTag.Sha512]);
        properties.SetIssuerFingerprint(isCritical: false, pair.PublicKey);
        var ring = new PgpKeyRingGenerator(
            PgpSignature.PositiveCertification,
            pair,
            owner,
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

    private static byte[] Armor(byte[] packets)
    {
        using var output = new MemoryStream();
        using (var armor = new ArmoredOutputStream(output))
        {
            armor.Write(packets);
        }

        return output.ToArray();
    }

    private PgpSignatureGenerator Begin(int type, DateTimeOffset time)
    {
        var properties = new PgpSignatureSubpacketGenerator();
        properties.SetSignatureCreationTime(isCritical: true, time.UtcDateTime);
        properties.SetIssuerFingerprint(isCritical: false, _publicKey);
        var signature = new PgpSignatureGenerator(_publicKey.Algorithm, HashAlgorithmTag.Sha512);
        signature.InitSign(type, _privateKey);
        signature.SetHashedSubpackets(properties.Generate());
        return signature;
    }
}
