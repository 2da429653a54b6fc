using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using System.Text;
using Canary.Failures;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>What <c>canary-output</c> answers, while it comes. Whatever it is made of was chosen by whoever is not trusted.</summary>
internal sealed class FilesAnswer : IAsyncDisposable
{
    private const int LongestRecord = 16 << 10;

    private const string ProblemWord = "problem ";

    private static readonly PipeOptions Buffered = new(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19);

    private readonly Pipe _pipe = new(Buffered);

    private readonly CancellationTokenSource _stop;

    private readonly Task _asked;

    private ExceptionDispatchInfo? _failure;

    private FilesAnswer(IBuildFiles files, FilesRequest request, CancellationToken cancellation)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _asked = AskAsync(files, request);
    }

    public static FilesAnswer To(IBuildFiles files, FilesRequest request, CancellationToken cancellation) =>
        new(files, request, cancellation);

    /// <summary>The next record, without the byte that ends it.</summary>
    /// <exception cref="CanaryException">There is none, or it says that there is a problem.</exception>
    public async ValueTask<byte[]> ReadRecordAsync(CancellationToken cancellation)
    {
        var record = await ReadTextAsync(cancellation);
        return Encoding.UTF8.GetString(record) is var text && text.StartsWith(ProblemWord, StringComparison.Ordinal)
            ? throw Unreadable(text[ProblemWord.Length..])
            : record;
    }

    /// <summary>The next record, whatever it says.</summary>
    /// <exception cref="CanaryException">There is none.</exception>
    public async ValueTask<byte[]> ReadTextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await _pipe.Reader.ReadAsync(cancellation);
            if (read.Buffer.PositionOf((byte)0) is { } end)
            {
                var record = read.Buffer.Slice(0, end).ToArray();
                _pipe.Reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return record;
            }

            _pipe.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || read.Buffer.Length > LongestRecord)
            {
                _failure?.Throw();
                throw Unreadable("what came of them is not whole");
            }
        }
    }

    /// <summary>Bytes that come next.</summary>
    /// <returns>How many there are; 0: they have ended.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var read = await _pipe.Reader.ReadAsync(cancellation);
        var piece = read.Buffer.Slice(0, Math.Min(buffer.Length, read.Buffer.Length));
        var length = (int)piece.Length;
        piece.CopyTo(buffer.Span);
        _pipe.Reader.AdvanceTo(piece.End);
        if (length == 0)
        {
            _failure?.Throw();
        }

        return length;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pipe.Reader.CompleteAsync();
        await _asked;
        _stop.Dispose();
    }

    public static CanaryException Unreadable(string reason) =>
        new(
            CiCoordinatorCodes.BuildOutputUnreadable,
            $"The files that the build left cannot be read: {ShownText.Of(reason)}.",
            "See that the scripts leave no process that goes on writing, and give them back the right to read what they made "
                + "(chmod -R u+rX); then push or release again."
        );

    private async Task AskAsync(IBuildFiles files, FilesRequest request)
    {
        try
        {
            await files.AskAsync(request, TakeAsync, _stop.Token);
        }
        catch (Exception exception)
        {
            // A pipe that ends with an exception loses what is still in it, such as what is wrong with the files.
            _failure = ExceptionDispatchInfo.Capture(exception);
        }

        await _pipe.Writer.CompleteAsync();
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes)
    {
        var flushed = await _pipe.Writer.WriteAsync(bytes, _stop.Token);
        if (flushed.IsCompleted)
        {
            throw new OperationCanceledException("Nobody reads the answer any more.");
        }
    }
}
