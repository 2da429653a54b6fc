using System.Runtime.InteropServices;

namespace Canary.Cli;

/// <summary>
/// Ctrl-C, a closed terminal or a kill cancels what runs, so that it can clean up; a second Ctrl-C ends at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // Programs such as timeout(1) signal the process and then its whole group: that is one interruption, not two.
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private long? _first;

    public Interruption()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (_first is not { } begin)
        {
            _first = now;
            context.Cancel = true;
            _source.Cancel();
        }
        else
        {
            var isSecondWish =
                context.Signal == PosixSignal.SIGINT && TimeProvider.System.GetElapsedTime(begin, now) > Impatience;
            context.Cancel = !isSecondWish;
        }
    }
}
