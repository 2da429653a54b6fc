using System.Runtime.InteropServices;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>Unpacks xz streams with liblzma, which dpkg itself depends on, so that every Debian system has
/// it.</summary>
internal static partial class Xz
{
    private const ulong MemoryLimit = 256 << 20;
    private const int FirstOutputSize = 256 << 10;
    private const int Ok = 0;
    private const int BufferError = 10;

    /// <exception cref="CanaryException">It is no xz stream, or unpacks to more than the limit.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> compressed, int limit)
    {
        for (var size = Math.Min(limit, FirstOutputSize); ; size = Math.Min(limit, size * 4))
        {
            var memory = MemoryLimit;
            nuint read = 0;
            nuint written = 0;
            var output = new byte[size];
            var status = Decode(compressed, output, ref memory, ref read, ref written);
            switch (status)
            {
                case Ok:
                    return output[..(int)written];
                case BufferError when size < limit:
                    continue;
                case BufferError:
                    throw InvalidPackage.Because("its control member is cut short or too large");
                default:
                    throw InvalidPackage.Because($"its control member is no xz stream (liblzma says {status})");
            }
        }
    }

    private static int Decode(
        ReadOnlySpan<byte> input,
        Span<byte> output,
        ref ulong memory,
        ref nuint read,
        ref nuint written
    )
    {
        try
        {
            return DecodeBuffer(
                ref memory,
                flags: 0,
                allocator: 0,
                input,
                ref read,
                (nuint)input.Length,
                output,
                ref written,
                (nuint)output.Length
            );
        }
        catch (DllNotFoundException)
        {
            throw InvalidPackage.Because("it is compressed with xz, and this system lacks liblzma.so.5 (liblzma5)");
        }
    }

    [LibraryImport("liblzma.so.5", EntryPoint = "lzma_stream_buffer_decode")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DecodeBuffer(
        ref ulong memoryLimit,
        uint flags,
        nint allocator,
        ReadOnlySpan<byte> input,
        ref nuint inputPosition,
        nuint inputSize,
        Span<byte> output,
        ref nuint outputPosition,
        nuint outputSize
    );
}
