using System.Security.Cryptography;
using System.Text;

namespace Canary.Contracts.Releases;

/// <summary>
/// Ids of releases follow from what is released (RFC 9562 version 8 over SHA-256), so that whoever sees the same commit
/// twice, even after losing its memory, names the same release.
/// </summary>
public static class ReleaseId
{
    /// <summary>Separates these ids from all others that might be made of the same words.</summary>
    private const string Namespace = "canary:release:1";

    /// <summary>Id of the release that a push, or a person who runs a commit, leads to.</summary>
    /// <param name="application">The application.</param>
    /// <param name="commit">Full commit id.</param>
    /// <param name="deploys">A commit that was only built on a branch must still be able to deploy when the default branch
    /// is fast-forwarded to it: that is a second release.</param>
    /// <param name="run">1 for every push; counts up when a person asks for a finished commit again.</param>
    public static Guid Of(string application, string commit, bool deploys, int run = 1) =>
        Of($"{Namespace}\n{application}\n{commit}\n{(deploys ? "deploy" : "build")}\n{run}");

    /// <summary>Id of the release of a commit that had one before, such as when its branch was set back to it.</summary>
    /// <param name="application">The application.</param>
    /// <param name="commit">Full commit id.</param>
    /// <param name="number">Place of the new release in the order of the application's releases.</param>
    public static Guid Again(string application, string commit, long number) =>
        Of($"{Namespace}\n{application}\n{commit}\nagain\n{number}");

    private static Guid Of(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        var id = hash[..16];
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
