using System.Buffers;
using System.Text;
using Canary.Processes;

namespace Canary.Hosting.Logs;

/// <summary>A log on its way to ingress while it is written. What programs print is shown without secrets and terminal control
/// sequences, and never as a line of Canary's own.</summary>
public sealed class ShippedLog : IAsyncDisposable
{
    private const int KeptOutput = 8 << 10;

    private readonly FileStream _file;
    private readonly Action _changed;
    private readonly Action _completed;
    private readonly SemaphoreSlim _oneWriter = new(1);
    private readonly ArrayBufferWriter<byte> _shown = new();
    private readonly List<byte[]> _secrets;
    private SecretMask _mask;
    private ShownOutput _output;
    private OutputTail _tail = new(KeptOutput);

    internal ShippedLog(string path, IEnumerable<byte[]> secrets, Action changed, Action completed)
    {
        _changed = changed;
        _completed = completed;
        _secrets = [.. secrets];
        _mask = new SecretMask(_secrets);
        _file = new FileStream(
            path,
            FileMode.Append,
            FileAccess.Write,
            FileShare.Read | FileShare.Delete,
            bufferSize: 0
        );
        _output = new ShownOutput(_mask, isInLine: EndsInLine(path));
    }

    /// <summary>Shows no more of these secrets from here on.</summary>
    public async ValueTask ConcealAsync(IEnumerable<byte[]> secrets)
    {
        await _oneWriter.WaitAsync();
        try
        {
            _output.End(_shown);
            _secrets.AddRange(secrets);
            _mask = new SecretMask(_secrets);
            _output = new ShownOutput(_mask, _output.IsInLine);
            await WriteShownAsync();
        }
        finally
        {
            _oneWriter.Release();
        }
    }

    /// <summary>Writes a line of our own, and more of them, indented, where the text has more.</summary>
    public async ValueTask HeadingAsync(string text)
    {
        var lines = _mask.Of(PrintableText.Of(text).TrimEnd()).ReplaceLineEndings("\n    ");
        await _oneWriter.WaitAsync();
        try
        {
            _output.End(_shown);
            _shown.Write(Encoding.UTF8.GetBytes($"{(_output.IsInLine ? "\n" : "")}{LinesOfOutput.Heading} {lines}\n"));
            _output = new ShownOutput(_mask, isInLine: false);
            _tail = new OutputTail(KeptOutput);
            await WriteShownAsync();
        }
        finally
        {
            _oneWriter.Release();
        }
    }

    /// <summary>Writes what a program printed.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> output)
    {
        if (output.IsEmpty)
        {
            return;
        }

        await _oneWriter.WaitAsync();
        try
        {
            _output.Take(output.Span, _shown);
            await WriteOutputAsync();
        }
        finally
        {
            _oneWriter.Release();
        }
    }

    /// <summary>Writes what was held back of a program that prints nothing more, and returns what it printed last since the last line
    /// of our own, as it is shown.</summary>
    public async ValueTask<string> EndOutputAsync()
    {
        await _oneWriter.WaitAsync();
        try
        {
            _output.End(_shown);
            await WriteOutputAsync();
            return _tail.ToString();
        }
        finally
        {
            _oneWriter.Release();
        }
    }

    /// <summary>Completes the log; a further attempt may open it again.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndOutputAsync();
        }
        catch (IOException)
        {
            // Whoever wrote the rest of it knows already.
        }
        await _file.DisposeAsync();
        _oneWriter.Dispose();
        _completed();
    }

    private ValueTask WriteOutputAsync()
    {
        _tail.Append(_shown.WrittenSpan);
        return WriteShownAsync();
    }

    private async ValueTask WriteShownAsync()
    {
        try
        {
            if (_shown.WrittenCount > 0)
            {
                await _file.WriteAsync(_shown.WrittenMemory);
                _changed();
            }
        }
        finally
        {
            _shown.ResetWrittenCount();
        }
    }

    /// <summary>An attempt that was killed may have left half a line.</summary>
    private static bool EndsInLine(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length == 0)
        {
            return false;
        }
        file.Position = file.Length - 1;
        return file.ReadByte() != '\n';
    }
}
