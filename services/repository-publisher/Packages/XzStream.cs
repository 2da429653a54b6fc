using System.Runtime.InteropServices;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>Unpacks an xz stream of any length with liblzma (lzma/base.h, lzma/container.h).</summary>
internal sealed unsafe partial class XzStream : ReadOnlyStream
{
    private const string Library = "liblzma.so.5";
    private const ulong MemoryLimit = 256 << 20;
    private const int BufferSize = 64 << 10;
    private const int Run = 0;
    private const int Finish = 3;
    private const int Ok = 0;
    private const int StreamEnd = 1;

    private readonly Stream _compressed;
    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private LzmaStream* _stream = (LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaStream));
    private int _action = Run;
    private bool _isAtEnd;

    public XzStream(Stream compressed)
    {
        _compressed = compressed;
        try
        {
            ThrowUnless(lzma_stream_decoder(_stream, MemoryLimit, flags: 0) == Ok);
        }
        catch (DllNotFoundException)
        {
            Release();
            throw InvalidPackage.Because("it is compressed with xz, and this system lacks liblzma.so.5 (liblzma5)");
        }
        catch
        {
            Release();
            throw;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (_isAtEnd || buffer.IsEmpty)
        {
            return 0;
        }

        fixed (byte* target = buffer)
        {
            _stream->NextOut = target;
            _stream->AvailOut = (nuint)buffer.Length;
            while (_stream->AvailOut == (nuint)buffer.Length && !_isAtEnd)
            {
                if (_stream->AvailIn == 0 && _action == Run)
                {
                    Fill();
                }

                var result = lzma_code(_stream, _action);
                ThrowUnless(result is Ok or StreamEnd);
                _isAtEnd = result == StreamEnd;
            }

            return buffer.Length - (int)_stream->AvailOut;
        }
    }

    protected override void Dispose(bool disposing)
    {
        Release();
        if (disposing)
        {
            _compressed.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        var read = _compressed.Read(_input);
        _stream->NextIn = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_input, 0);
        _stream->AvailIn = (nuint)read;
        _action = read == 0 ? Finish : Run;
    }

    private static void ThrowUnless(bool fine)
    {
        if (!fine)
        {
            throw new InvalidDataException("It is no xz stream.");
        }
    }

    private void Release()
    {
        if (_stream != null)
        {
            lzma_end(_stream);
            NativeMemory.Free(_stream);
            _stream = null;
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
