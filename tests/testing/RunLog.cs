using System.Globalization;

namespace Canary.Testing;

/// <summary>What happened in a run, with the time since its start: to a file, and to whoever watches.</summary>
/// <param name="file">The file; its directory is there.</param>
/// <param name="watch">Gets each line as well.</param>
public sealed class RunLog(string file, Action<string>? watch) : IDisposable
{
    private readonly StreamWriter _file = new(file) { AutoFlush = true };
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Lock _gate = new();

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

    /// <summary>Adds a line.</summary>
    public void Say(string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{Elapsed:mm\\:ss\\.f}  {what}");
        lock (_gate)
        {
            _file.WriteLine(line);
            watch?.Invoke(line);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();
}
