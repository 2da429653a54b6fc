using Microsoft.Win32.SafeHandles;

namespace Canary.Packager.Source;

/// <summary>Where the content of a file lies: in a file of its own, or in one that holds several, one after the other.</summary>
/// <param name="Path">Absolute path of that file.</param>
/// <param name="Offset">Where in it the content begins; <c>null</c>: it has the file to itself.</param>
internal sealed record StoredContent(string Path, long? Offset = null);

/// <summary>Reads contents. The file that was read last stays open: it may hold the next one too, and on many machines it is opening a file
/// that takes the time.</summary>
internal sealed class StoredContents : IDisposable
{
    private string? _path;

    private SafeFileHandle? _file;

    /// <summary>Reads a piece of a content, or what follows it in its file.</summary>
    /// <param name="content">The content.</param>
    /// <param name="piece">Receives the bytes.</param>
    /// <param name="position">Where in the content the piece begins.</param>
    /// <returns>How many bytes there are; 0: the file has ended.</returns>
    public int Read(StoredContent content, Span<byte> piece, long position)
    {
        if (_path != content.Path)
        {
            _file?.Dispose();
            // Sharing everything spares the advisory lock, which costs more than reading a small file.
            _file = File.OpenHandle(content.Path, share: FileShare.ReadWrite | FileShare.Delete);
            _path = content.Path;
        }

        return RandomAccess.Read(_file!, piece, (content.Offset ?? 0) + position);
    }

    /// <summary>Reads a content whole.</summary>
    /// <param name="content">The content.</param>
    /// <param name="size">How many bytes it has.</param>
    /// <exception cref="EndOfStreamException">It has fewer.</exception>
    public byte[] ReadAll(StoredContent content, int size)
    {
        var bytes = new byte[size];
        for (var done = 0; done < size; )
        {
            done += Read(content, bytes.AsSpan(done), done) is > 0 and var read
                ? read
                : throw new EndOfStreamException($"{content.Path} ends too early.");
        }

        return bytes;
    }

    /// <summary>Copies a content to a new file.</summary>
    /// <param name="content">The content.</param>
    /// <param name="size">How many bytes it has.</param>
    /// <param name="target">Path of the file.</param>
    /// <exception cref="EndOfStreamException">It has fewer.</exception>
    public void CopyTo(StoredContent content, long size, string target)
    {
        using var file = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        var buffer = new byte[(int)Math.Min(size, 80 << 10)];
        for (var done = 0L; done < size; )
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - done));
            var read = Read(content, piece, done);
            if (read == 0)
            {
                throw new EndOfStreamException($"{content.Path} ends too early.");
            }

            RandomAccess.Write(file, piece[..read], done);
            done += read;
        }
    }

    public void Dispose() => _file?.Dispose();
}
