using System.Buffers;
using System.Security.Cryptography;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Uploads;

/// <summary>Writes what comes over the network.</summary>
internal static class HashedFile
{
    private const int BufferSize = 128 << 10;

    /// <summary>Writes a new file, and has it on disk when it returns.</summary>
    /// <exception cref="CanaryException">The bytes are not what the checksum says.</exception>
    public static async Task WriteAsync(string path, string sha256, Stream content, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using var file = PublicFile.Create(path);
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (actual != sha256)
            {
                throw new CanaryException(
                    RepositoryPublisherCodes.ChecksumMismatch,
                    $"The {file.Position} bytes received have the SHA-256 {actual}, not {sha256}.",
                    "The file was changed or damaged on the way. Upload it again under the checksum of its bytes."
                );
            }

            RandomAccess.FlushToDisk(file.SafeFileHandle);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
