using System.Runtime.InteropServices;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>xz, with liblzma (lzma/base.h, lzma/container.h), which dpkg itself depends on, so that every Debian system has
/// it.</summary>
internal sealed unsafe partial class XzDecoder : IDecoder
{
    private const string Library = "liblzma.so.5";

    /// <summary>What unpacking may take: xz -9 takes 65 MiB.</summary>
    private const ulong MemoryLimit = 80 << 20;

    private const int Run = 0;
    private const int Ok = 0;
    private const int StreamEnd = 1;
    private const int NoProgress = 10;

    private LzmaStream* _stream = (LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaStream));

    public XzDecoder()
    {
        try
        {
            ThrowUnless(lzma_stream_decoder(_stream, MemoryLimit, flags: 0) == Ok);
        }
        catch (DllNotFoundException)
        {
            Dispose();
            throw InvalidPackage.Because("it is compressed with xz, and this system lacks liblzma.so.5 (liblzma5)");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>dpkg reads one stream.</summary>
    public bool HasParts => false;

    public bool Decode(ReadOnlySpan<byte> input, Span<byte> output, out int read, out int written)
    {
        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            _stream->NextIn = source;
            _stream->AvailIn = (nuint)input.Length;
            _stream->NextOut = target;
            _stream->AvailOut = (nuint)output.Length;
            var result = lzma_code(_stream, Run);
            ThrowUnless(result is Ok or StreamEnd or NoProgress);
            read = input.Length - (int)_stream->AvailIn;
            written = output.Length - (int)_stream->AvailOut;
            return result == StreamEnd;
        }
    }

    public void Restart() => throw new NotSupportedException();

    public void Dispose()
    {
        if (_stream != null)
        {
            lzma_end(_stream);
            NativeMemory.Free(_stream);
            _stream = null;
        }
    }

    private static void ThrowUnless(bool fine)
    {
        if (!fine)
        {
            throw new InvalidDataException("It is no xz stream.");
        }
    }

#pragma warning disable IDE1006 // The names are liblzma's.
    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int lzma_stream_decoder(LzmaStream* stream, ulong memoryLimit, uint flags);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int lzma_code(LzmaStream* stream, int action);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void lzma_end(LzmaStream* stream);
#pragma warning restore IDE1006

    /// <summary><c>lzma_stream</c> in lzma/base.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LzmaStream
    {
        public byte* NextIn;
        public nuint AvailIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailOut;
        public ulong TotalOut;
        public void* Allocator;
        public void* Internal;
        public nint ReservedPointer1;
        public nint ReservedPointer2;
        public nint ReservedPointer3;
        public nint ReservedPointer4;
        public ulong SeekPosition;
        public ulong ReservedInt2;
        public nuint ReservedInt3;
        public nuint ReservedInt4;
        public int ReservedEnum1;
        public int ReservedEnum2;
    }
}
