using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Canary.Durability.Storage;

/// <summary>Numbers of PostgreSQL's advisory locks, which are one space for the whole database.</summary>
internal static class AdvisoryLock
{
    /// <summary>Number of a lock of a service.</summary>
    public static long KeyOf(string service, string name) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"canary/{service}/{name}")));
}
