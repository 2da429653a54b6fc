using System.Runtime.InteropServices;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>
/// gzip (RFC 1952), with the zlib that dpkg depends on. The framework's own GzipStream passes over what is cut short or
/// follows the end.
/// </summary>
internal sealed unsafe partial class GzipDecoder : IDecoder
{
    private const string Library = "libz.so.1";

    /// <summary>The largest window, 15 bits, and 16 for gzip alone: header and checksums are zlib's to check.</summary>
    private const int GzipWindow = 15 + 16;

    private const int NoFlush = 0;
    private const int Ok = 0;
    private const int StreamEnd = 1;
    private const int NoProgress = -5;

    private ZStream* _stream = (ZStream*)NativeMemory.AllocZeroed((nuint)sizeof(ZStream));
    private bool _isReady;

    public GzipDecoder()
    {
        try
        {
            ThrowUnless(inflateInit2_(_stream, GzipWindow, "1.2.0", sizeof(ZStream)) == Ok);
            _isReady = true;
        }
        catch (DllNotFoundException)
        {
            Dispose();
            throw InvalidPackage.Because("it is compressed with gzip, and this system lacks libz.so.1 (zlib1g)");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Files compressed by several threads have a part for each piece.</summary>
    public bool HasParts => true;

    public bool Decode(ReadOnlySpan<byte> input, Span<byte> output, out int read, out int written)
    {
        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            _stream->NextIn = source;
            _stream->AvailIn = (uint)input.Length;
            _stream->NextOut = target;
            _stream->AvailOut = (uint)output.Length;
            var result = inflate(_stream, NoFlush);
            ThrowUnless(result is Ok or StreamEnd or NoProgress);
            read = input.Length - (int)_stream->AvailIn;
            written = output.Length - (int)_stream->AvailOut;
            return result == StreamEnd;
        }
    }

    public void Restart() => ThrowUnless(inflateReset(_stream) == Ok);

    public void Dispose()
    {
        if (_stream != null)
        {
            if (_isReady)
            {
                _ = inflateEnd(_stream);
            }

            NativeMemory.Free(_stream);
            _stream = null;
        }
    }

    private static void ThrowUnless(bool fine)
    {
        if (!fine)
        {
            throw new InvalidDataException("It is no gzip file.");
        }
    }

#pragma warning disable IDE1006 // The names are zlib's.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int inflateInit2_(ZStream* stream, int windowBits, string version, int streamSize);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int inflate(ZStream* stream, int flush);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int inflateReset(ZStream* stream);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int inflateEnd(ZStream* stream);
#pragma warning restore IDE1006

    /// <summary><c>z_stream</c> in zlib.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ZStream
    {
        public byte* NextIn;
        public uint AvailIn;
        public nuint TotalIn;
        public byte* NextOut;
        public uint AvailOut;
        public nuint TotalOut;
        public byte* Message;
        public void* State;
        public void* Allocate;
        public void* Free;
        public void* Opaque;
        public int DataType;
        public nuint Adler;
        public nuint Reserved;
    }
}
