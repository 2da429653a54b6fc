using System.Runtime.ExceptionServices;
using Canary.Processes;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>Passes the output of a script on, until there is too much of it, or nobody takes it any more.</summary>
/// <param name="run">Where it goes.</param>
/// <param name="stop">Ends the script.</param>
internal sealed class LimitedOutput(ScriptRun run, Action stop)
{
    private const int TailLength = 8 << 10;

    private readonly Lock _lock = new();
    private readonly OutputTail _tail = new(TailLength);
    private long _total;
    private bool _isClosed;
    private ExceptionDispatchInfo? _notTaken;

    public bool LimitPassed { get; private set; }

    public string Tail
    {
        get
        {
            lock (_lock)
            {
                return _tail.ToString();
            }
        }
    }

    public void Take(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            var room = (int)Math.Clamp(run.OutputLimit - _total, 0, bytes.Length);
            _total += bytes.Length;
            PassOn(bytes[..room]);
            if (room < bytes.Length && !LimitPassed)
            {
                LimitPassed = true;
                stop();
            }
        }
    }

    /// <summary>Takes nothing more.</summary>
    /// <exception cref="Exception">What came could not be taken: the log cannot grow.</exception>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _notTaken?.Throw();
        }
    }

    private void PassOn(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty || _notTaken is not null)
        {
            return;
        }

        _tail.Append(bytes.Span);
        try
        {
            run.Output(bytes).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            _notTaken = ExceptionDispatchInfo.Capture(exception);
            stop();
        }
    }
}
