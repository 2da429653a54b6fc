using System.Numerics;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Canary.Packager.Deb;

/// <summary>How the members of a package are compressed.</summary>
public enum Compression
{
    /// <summary>gzip, level 6. Every dpkg reads it, and so does every tool that looks into packages.</summary>
    Gzip,

    /// <summary>Zstandard, level 3 as dpkg-deb. Debian 12, Ubuntu 22.04 and later read it; Debian 11's dpkg does not.</summary>
    Zstd,

    /// <summary>xz, level 6 as dpkg-deb: smallest and slowest. Every dpkg reads it.</summary>
    Xz,

    /// <summary>None.</summary>
    None,
}

/// <summary>Opens the compressor of each kind.</summary>
internal static class Compressions
{
    /// <summary>From this size on, compression runs on several threads. Part of the format: the bytes differ between the
    /// two ways, so the choice may depend on nothing but the contents.</summary>
    private const long ParallelFrom = 4 << 20;

    private const int ZstdLevel = 3;

    private const int SmallestWindow = 14;

    /// <summary>Level 3's own.</summary>
    private const int LargestWindow = 21;

    /// <summary>What the member's name ends in, for example <c>.zst</c>.</summary>
    public static string Extension(this Compression compression) =>
        compression switch
        {
            Compression.Gzip => ".gz",
            Compression.Zstd => ".zst",
            Compression.Xz => ".xz",
            _ => "",
        };

    /// <summary>A stream that compresses into <paramref name="output"/>, which stays open.</summary>
    /// <param name="compression">Kind.</param>
    /// <param name="output">Receives the compressed bytes.</param>
    /// <param name="size">How many bytes will be written, about.</param>
    /// <param name="threads">How many threads may compress; the bytes do not depend on it.</param>
    public static Stream Open(this Compression compression, Stream output, long size, int threads) =>
        compression switch
        {
            Compression.Gzip => new GzipWriter(output, threads),
            Compression.Zstd => OpenZstd(output, size, threads),
            Compression.Xz => new XzWriter(output, threads),
            _ => new Uncompressed(output),
        };

    private static CompressionStream OpenZstd(Stream output, long size, int threads)
    {
        var stream = new CompressionStream(output, ZstdLevel);
        if (size >= ParallelFrom)
        {
            stream.SetParameter(ZSTD_cParameter.ZSTD_c_nbWorkers, threads);
        }
        else
        {
            // Tables for the default window cost more than compressing a small tree does.
            var window = Math.Clamp(BitOperations.Log2((ulong)size + 1) + 1, SmallestWindow, LargestWindow);
            stream.SetParameter(ZSTD_cParameter.ZSTD_c_windowLog, window);
        }

        return stream;
    }

    /// <summary>Leaves the stream below open when it is closed.</summary>
    private sealed class Uncompressed(Stream output) : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => output.Write(buffer);
    }
}
