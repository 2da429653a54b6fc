using System.Globalization;

namespace Canary.Chaos.Tests;

/// <summary>What happened in a run, with the time since its start: to a file, and to whoever watches.</summary>
internal sealed class RunLog(string file, Action<string>? watch) : IDisposable
{
    private readonly StreamWriter _file = new(file) { AutoFlush = true };
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Lock _gate = new();

    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

    public void Say(string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{Elapsed:mm\\:ss\\.f}  {what}");
        lock (_gate)
        {
            _file.WriteLine(line);
            watch?.Invoke(line);
        }
    }

    public void Dispose() => _file.Dispose();
}
