using System.Runtime.InteropServices;

namespace Canary.Hosting;

/// <summary>
/// The first SIGTERM or SIGINT lets a host finish what it can; the host sees to that itself. Whoever sends a second one does not
/// want to wait: the process ends at once, which it may at any moment.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int Terminated = 143;
    private const int Interrupted = 130;

    /// <summary>A terminal and timeout(1) signal the whole process group, and those in it may pass the signal on: one wish, several
    /// signals.</summary>
    private static readonly TimeSpan Echo = TimeSpan.FromMilliseconds(500);

    private readonly string _program;
    private readonly List<PosixSignalRegistration> _registrations;
    private long _first;

    /// <summary>Whether one has come: a host that was not there yet stops when it is.</summary>
    public static bool HaveCome { get; private set; }

    public StopSignals(string program)
    {
        _program = program;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        ];
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        HaveCome = true;
        var now = TimeProvider.System.GetTimestamp();
        var first = Interlocked.CompareExchange(ref _first, now, 0);
        if (first == 0 || TimeProvider.System.GetElapsedTime(first, now) < Echo)
        {
            return;
        }

        Console.Error.WriteLine(
            $"{_program}: Ended at once by a second {context.Signal}. What was running goes on at the next start."
        );
        Environment.Exit(context.Signal == PosixSignal.SIGINT ? Interrupted : Terminated);
    }
}
