using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Canary.Failures;

namespace Canary.Packager.Deb;

/// <summary>
/// xz, level 6 with CRC-32 as dpkg-deb writes it, by the system's liblzma: dpkg itself needs it, so every Debian and Ubuntu
/// has it. Blocks have a fixed size, so the bytes do not depend on the number of threads.
/// </summary>
internal sealed unsafe partial class XzWriter : WriteOnlyStream
{
    private const string Library = "liblzma.so.5";

    private const ulong BlockSize = 8 << 20;

    private const uint Preset = 6;

    private const int CheckCrc32 = 1;

    private const int Run = 0;

    private const int Finish = 3;

    private const int Ok = 0;

    private const int StreamEnd = 1;

    private const int MemoryError = 5;

    [SuppressMessage("Usage", "CA2213", Justification = "It is the caller's and stays open.")]
    private readonly Stream _output;

    private readonly byte[] _compressed = new byte[64 << 10];

    // liblzma keeps a pointer to it, so it may not move.
    private LzmaStream* _stream;

    private bool _ended;

    private bool _failed;

    /// <param name="output">Receives the compressed bytes; stays open.</param>
    /// <param name="threads">How many blocks are compressed at once.</param>
    public XzWriter(Stream output, int threads)
    {
        _output = output;
        _stream = (LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaStream));
        var options = new LzmaOptions
        {
            Threads = (uint)Math.Max(1, threads),
            BlockSize = BlockSize,
            Preset = Preset,
            Check = CheckCrc32,
        };
        try
        {
            ThrowUnless(lzma_stream_encoder_mt(_stream, &options) == Ok, "could not be started");
        }
        catch (DllNotFoundException e)
        {
            Release();
            throw new CanaryException(
                PackagerCodes.XzUnavailable,
                $"The compression xz needs the system's library {Library}, which could not be loaded.",
                "Install the package liblzma5, or choose the compression zstd or gzip.",
                e
            );
        }
        catch
        {
            Release();
            throw;
        }
    }

    ~XzWriter() => Release();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* input = buffer)
        {
            _stream->NextIn = input;
            _stream->AvailIn = (nuint)buffer.Length;
            while (_stream->AvailIn > 0)
            {
                Code(Run);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!_ended)
        {
            _ended = true;
            try
            {
                if (disposing && !_failed)
                {
                    _stream->NextIn = null;
                    _stream->AvailIn = 0;
                    while (Code(Finish) != StreamEnd) { }
                }
            }
            finally
            {
                Release();
            }
        }

        base.Dispose(disposing);
    }

    private int Code(int action)
    {
        fixed (byte* target = _compressed)
        {
            _stream->NextOut = target;
            _stream->AvailOut = (nuint)_compressed.Length;
            var result = lzma_code(_stream, action);
            ThrowUnless(result is Ok or StreamEnd, result == MemoryError ? "ran out of memory" : $"failed ({result})");
            try
            {
                _output.Write(_compressed, 0, _compressed.Length - (int)_stream->AvailOut);
            }
            catch
            {
                _failed = true;
                throw;
            }

            return result;
        }
    }

    private void ThrowUnless(bool fine, string what)
    {
        if (!fine)
        {
            _failed = true;
            throw new CanaryException(
                PackagerCodes.XzFailed,
                $"The xz compression {what}.",
                "Free memory on the packager's machine, or choose the compression zstd or gzip."
            );
        }
    }

    private void Release()
    {
        if (_stream == null)
        {
            return;
        }

        if (_stream->Internal != null)
        {
            lzma_end(_stream);
        }

        NativeMemory.Free(_stream);
        _stream = null;
    }

#pragma warning disable IDE1006 // The names are liblzma's.
    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int lzma_stream_encoder_mt(LzmaStream* stream, LzmaOptions* options);

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

    /// <summary><c>lzma_mt</c> in lzma/container.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LzmaOptions
    {
        public uint Flags;
        public uint Threads;
        public ulong BlockSize;
        public uint Timeout;
        public uint Preset;
        public void* Filters;
        public int Check;
        public fixed int ReservedEnums[3];
        public fixed uint ReservedInts[4];
        public fixed ulong MemoryLimits[4];
        public nint ReservedPointer1;
        public nint ReservedPointer2;
        public nint ReservedPointer3;
        public nint ReservedPointer4;
    }
}
