using System.Data.Common;
using MassTransit;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Canary.Simulation.Tests.Time;

/// <summary>
/// Knows whether anything of Canary is at work, or all of it waits for the clock to go on. A wrong guess is no error: it makes
/// something take longer than it does, which may happen at any time.
/// </summary>
internal sealed class Stillness : DbCommandInterceptor, IFilter<ConsumeContext>, IConfigureReceiveEndpoint
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(2);
    private const int SilentAfter = 75;

    private readonly AsyncLocal<Visit?> _here = new();
    private long _deeds;
    private int _running;
    private int _visits;

    /// <summary>Messages that are being handled, also those that wait.</summary>
    public int Visits => Volatile.Read(ref _visits);

    /// <summary>Waits until nothing is at work. Who has done nothing for long waits too, for somebody else who waits: two messages
    /// for one host are handled one after the other.</summary>
    /// <param name="moments">For how long nothing must have been done.</param>
    public async Task AwaitAsync(int moments = 2)
    {
        for (var (still, silent) = (0, 0); still < moments && silent < SilentAfter; )
        {
            var deeds = Interlocked.Read(ref _deeds);
            await Task.Delay(Moment, TimeProvider.System);
            silent = Interlocked.Read(ref _deeds) == deeds ? silent + 1 : 0;
            still = silent > 0 && Volatile.Read(ref _running) <= 0 ? still + 1 : 0;
        }
    }

    /// <summary>Something was done.</summary>
    public void Note() => Interlocked.Increment(ref _deeds);

    /// <summary>Runs what a timer has brought.</summary>
    public void Run(Action work)
    {
        Interlocked.Increment(ref _running);
        ThreadPool.QueueUserWorkItem(_ =>
        {
            try
            {
                work();
            }
            finally
            {
                Interlocked.Increment(ref _deeds);
                Interlocked.Decrement(ref _running);
            }
        });
    }

    /// <summary>Whoever handles a message and sets a timer waits for it from now on.</summary>
    public Wait? BeginWait()
    {
        Interlocked.Increment(ref _deeds);
        return _here.Value is { IsOver: false } visit ? new Wait(visit) : null;
    }

    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        var visit = new Visit(this);
        _here.Value = visit;
        try
        {
            await next.Send(context);
        }
        finally
        {
            visit.End();
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("stillness");

    public void Configure(string name, IReceiveEndpointConfigurator configurator) => configurator.UseFilter(this);

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default
    )
    {
        Interlocked.Increment(ref _deeds);
        return base.ReaderExecutingAsync(command, eventData, result, cancellationToken);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        Interlocked.Increment(ref _deeds);
        return base.NonQueryExecutingAsync(command, eventData, result, cancellationToken);
    }

    /// <summary>The handling of one message. It is at work unless it waits for a timer.</summary>
    internal sealed class Visit
    {
        private readonly Lock _gate = new();
        private readonly Stillness _stillness;
        private int _waits;

        public Visit(Stillness stillness)
        {
            _stillness = stillness;
            Interlocked.Increment(ref stillness._visits);
            Count(1);
        }

        public bool IsOver { get; private set; }

        public void Change(int waits)
        {
            lock (_gate)
            {
                var waited = _waits > 0;
                _waits += waits;
                if (!IsOver && waited != _waits > 0)
                {
                    Count(waited ? 1 : -1);
                }
            }
        }

        public void End()
        {
            lock (_gate)
            {
                Count(_waits > 0 ? 0 : -1);
                IsOver = true;
                Interlocked.Decrement(ref _stillness._visits);
            }
        }

        private void Count(int running)
        {
            Interlocked.Increment(ref _stillness._deeds);
            Interlocked.Add(ref _stillness._running, running);
        }
    }

    /// <summary>One timer that a visit waits for.</summary>
    internal sealed class Wait
    {
        private readonly Visit _visit;

        public Wait(Visit visit)
        {
            _visit = visit;
            visit.Change(1);
        }

        public void End() => _visit.Change(-1);
    }
}
