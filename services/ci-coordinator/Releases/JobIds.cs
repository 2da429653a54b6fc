using System.Security.Cryptography;
using System.Text;

namespace Canary.CiCoordinator.Releases;

/// <summary>Ids of jobs follow from release and step, so that a command that is sent again asks for the same job.</summary>
internal static class JobIds
{
    internal static Guid Build(Guid releaseId) => Of(releaseId, "build");

    internal static Guid Package(Guid releaseId) => Of(releaseId, "package");

    /// <summary>A UUID of version 8 (RFC 9562, 5.8): the first bits of a SHA-256.</summary>
    private static Guid Of(Guid releaseId, string step)
    {
        var hash = SHA256.HashData([.. releaseId.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(step)]);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }
}
