using System.Runtime.InteropServices;

namespace Canary.Cli;

/// <summary>
/// Ctrl-C, a closed terminal or a kill cancels what runs, so that it can clean up; a second Ctrl-C ends at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // Programs such as timeout(1) signal the process and then its whole group: that is one interruption, not two.
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private long? first;

    public Interruption()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (first is not { } begin)
        {
            first = now;
            context.Cancel = true;
            source.Cancel();
        }
        else
        {
            var isSecondWish =
                context.Signal == PosixSignal.SIGINT && TimeProvider.System.GetElapsedTime(begin, now) > Impatience;
            context.Cancel = !isSecondWish;
        }
    }
}
