using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Bcpg;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>The keys that sign the repository: one, or two while hosts go over from the first to the second.</summary>
internal sealed class ArchiveKeys
{
    public ArchiveKeys(ArchiveKey current, ArchiveKey? next)
    {
        Current = current;
        Next = next;
        All = next is null ? [current] : [current, next];
        Keyring = [.. All.SelectMany(key => key.PublicKey)];
        KeyringSha256 = Convert.ToHexStringLower(SHA256.HashData(Keyring));
        ArmoredKeyring = Armor(Keyring);
    }

    /// <summary>The key that every host knows.</summary>
    public ArchiveKey Current { get; }

    /// <summary>The key that takes its place; <c>null</c>: none is being rotated.</summary>
    public ArchiveKey? Next { get; }

    public IReadOnlyList<ArchiveKey> All { get; }

    /// <summary>The public keys as a binary keyring.</summary>
    public byte[] Keyring { get; }

    /// <summary>The public keys as text.</summary>
    public byte[] ArmoredKeyring { get; }

    /// <summary>Checksum of the binary keyring, as a signed suite says it.</summary>
    public string KeyringSha256 { get; }

    public string Fingerprints => string.Join(" and ", All.Select(key => key.Fingerprint));

    /// <summary>Detached, armored signatures of all keys (<c>Release.gpg</c>).</summary>
    public byte[] SignDetached(byte[] content, DateTimeOffset time) =>
        Armor([.. All.SelectMany(key => key.Sign(content, time))]);

    /// <summary>The text with the signatures of all keys around it (<c>InRelease</c>).</summary>
    /// <param name="text">Lines that end in <c>\n</c>, none of which begins with a hyphen or ends in white
    /// space.</param>
    /// <param name="time">When it is signed.</param>
    public byte[] SignClear(string text, DateTimeOffset time)
    {
        var signed = Canonical(text);
        using var output = new MemoryStream();
        output.Write("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"u8);
        output.Write(Encoding.UTF8.GetBytes(text));
        output.Write(Armor([.. All.SelectMany(key => key.SignText(signed, time))]));
        return output.ToArray();
    }

    /// <summary>What is signed of a text: lines end in CR LF, and the last line end is not part of it (RFC 4880, 7.1).</summary>
    public static byte[] Canonical(string text) =>
        Encoding.UTF8.GetBytes(text.TrimEnd('\n').Replace("\n", "\r\n", StringComparison.Ordinal));

    private static byte[] Armor(byte[] packets)
    {
        using var output = new MemoryStream();
        using (var armor = new ArmoredOutputStream(output))
        {
            armor.Write(packets);
        }

        return output.ToArray();
    }
}
