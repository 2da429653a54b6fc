using System.Text;

namespace Canary.Hosting.Logs;

/// <summary>A log on its way to ingress while it is written.</summary>
public sealed class ShippedLog : IAsyncDisposable
{
    private readonly FileStream _file;
    private readonly Action _changed;
    private readonly Action _completed;
    private readonly SemaphoreSlim _oneWriter = new(1);
    private bool _atLineStart = true;

    internal ShippedLog(string path, Action changed, Action completed)
    {
        _changed = changed;
        _completed = completed;
        _file = new FileStream(
            path,
            FileMode.Append,
            FileAccess.Write,
            FileShare.Read | FileShare.Delete,
            bufferSize: 0
        );
    }

    /// <summary>Writes a line of our own.</summary>
    public async ValueTask HeadingAsync(string text)
    {
        var line = PrintableText.Of(text).ReplaceLineEndings(" ");
        await AppendAsync(Encoding.UTF8.GetBytes($"{(_atLineStart ? "" : "\n")}==> {line}\n"));
    }

    /// <summary>Writes output as it is.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        await _oneWriter.WaitAsync();
        try
        {
            await _file.WriteAsync(bytes);
            _atLineStart = bytes.Span[^1] == (byte)'\n';
        }
        finally
        {
            _oneWriter.Release();
        }
        _changed();
    }

    /// <summary>Completes the log; a further attempt may open it again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _oneWriter.Dispose();
        _completed();
    }
}
