using System.Globalization;
using System.Text;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>The content of a build's files, one after the other.</summary>
internal static class PackedFiles
{
    /// <summary>Reads files.</summary>
    /// <param name="place">Where they are.</param>
    /// <param name="files">Which, in this order; no links.</param>
    /// <param name="take">Gets each with its content, which it need not read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="Failures.CanaryException">One cannot be read, or is not what it was when it was listed.</exception>
    public static async Task ReadAsync(
        IBuildFiles place,
        IReadOnlyList<BuiltFile> files,
        Func<BuiltFile, Stream, Task> take,
        CancellationToken cancellation
    )
    {
        if (files.Count == 0)
        {
            return;
        }

        await using var answer = FilesAnswer.To(
            place,
            FilesRequest.Pack([.. files.Select(file => file.Path)]),
            cancellation
        );
        foreach (var file in files)
        {
            if (await RecordOf(answer, cancellation) != file.Size.ToString(CultureInfo.InvariantCulture))
            {
                throw Changed(file);
            }

            await using var content = new Content(answer, file);
            await take(file, content);
            await content.CopyToAsync(Stream.Null, cancellation);
        }

        if (await RecordOf(answer, cancellation) != "end")
        {
            throw FilesAnswer.Unreadable("more came of them than was asked for");
        }
    }

    private static async Task<string> RecordOf(FilesAnswer answer, CancellationToken cancellation) =>
        Encoding.UTF8.GetString(await answer.ReadRecordAsync(cancellation));

    private static Failures.CanaryException Changed(BuiltFile file) =>
        FilesAnswer.Unreadable($"{file.Path} changed while it was read");

    /// <summary>The content of one file. It tells its length, as whoever writes archives wants to know; it is read once.</summary>
    private sealed class Content(FilesAnswer answer, BuiltFile file) : Stream
    {
        private long _done;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => file.Size;

        public override long Position
        {
            get => _done;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            var wanted = (int)Math.Min(buffer.Length, file.Size - _done);
            if (wanted == 0)
            {
                return 0;
            }

            var read = await answer.ReadAsync(buffer[..wanted], cancellationToken);
            _done += read;
            return read > 0 ? read : throw Changed(file);
        }

        public override Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
