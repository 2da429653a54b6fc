using System.Collections.Concurrent;
using Canary.Durability.Storage;
using Npgsql;

namespace Canary.Durability.Locks;

/// <summary>
/// Turns as advisory locks of a PostgreSQL server. One session of the process holds all of them. It says something every
/// few seconds; the server ends it, and gives the locks back, when the process dies or has been silent for long.
/// </summary>
internal sealed class PostgreSqlLocks<TStore> : IDistributedLocks<TStore>, IAsyncDisposable
    where TStore : ServiceDbContext
{
    private const string LongestSilence = "30s";
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    // The session grants a lock that it has already, so locks within the process come first.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _doors = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _oneCommand = new(1);
    private readonly string _service;
    private readonly PostgreSqlStorage _storage;
    private readonly TimeProvider _time;
    private readonly ITimer _signs;
    private NpgsqlConnection? _session;

    public PostgreSqlLocks(string service, PostgreSqlStorage storage, TimeProvider time)
    {
        _service = service;
        _storage = storage;
        _time = time;
        _signs = time.CreateTimer(_ => _ = GiveSignOfLifeAsync(), null, SignOfLife, SignOfLife);
    }

    public bool HasReplicas => true;

    public async Task<IDistributedLock> AcquireAsync(string what, CancellationToken cancellation)
    {
        var door = DoorOf(what);
        await door.WaitAsync(cancellation);
        try
        {
            var key = AdvisoryLock.KeyOf(_service, what);
            for (var pause = ShortestPause; ; pause = Longer(pause))
            {
                if (await TryLockAsync(key, cancellation) is { } session)
                {
                    return new Held(this, what, key, session, door);
                }

                await Task.Delay(pause, _time, cancellation);
            }
        }
        catch
        {
            door.Release();
            throw;
        }
    }

    public async Task<IDistributedLock?> TryAcquireAsync(string what, CancellationToken cancellation)
    {
        var door = DoorOf(what);
        if (!await door.WaitAsync(TimeSpan.Zero, cancellation))
        {
            return null;
        }

        Held? held = null;
        try
        {
            var key = AdvisoryLock.KeyOf(_service, what);
            var session = await TryLockAsync(key, cancellation);
            return held = session is null ? null : new Held(this, what, key, session, door);
        }
        finally
        {
            if (held is null)
            {
                door.Release();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _signs.DisposeAsync();
        await DropAsync();
        _oneCommand.Dispose();
    }

    private SemaphoreSlim DoorOf(string what) => _doors.GetOrAdd(what, _ => new SemaphoreSlim(1));

    private static TimeSpan Longer(TimeSpan pause) =>
        TimeSpan.FromTicks(Math.Min((long)(pause.Ticks * (1.5 + Random.Shared.NextDouble())), LongestPause.Ticks));

    private async Task<NpgsqlConnection?> TryLockAsync(long key, CancellationToken cancellation)
    {
        await _oneCommand.WaitAsync(cancellation);
        try
        {
            _session ??= await OpenAsync(cancellation);
            return await AskAsync(_session, "SELECT pg_try_advisory_lock($1)", key) is true ? _session : null;
        }
        catch
        {
            await DropAsync();
            throw;
        }
        finally
        {
            _oneCommand.Release();
        }
    }

    /// <summary>Asks in the session that a lock was granted in, which must not have ended since.</summary>
    private async Task AskInAsync(NpgsqlConnection session, string what, string sql, long? key)
    {
        await _oneCommand.WaitAsync();
        try
        {
            if (session != _session)
            {
                throw new LockLostException(what);
            }

            await AskAsync(session, sql, key);
        }
        catch (Exception exception) when (exception is not LockLostException)
        {
            await DropAsync();
            throw new LockLostException(what, exception);
        }
        finally
        {
            _oneCommand.Release();
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        var session = await _storage.Server.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand($"SET idle_session_timeout = '{LongestSilence}'", session);
        await command.ExecuteNonQueryAsync(cancellation);
        return session;
    }

    private async Task GiveSignOfLifeAsync()
    {
        try
        {
            if (_session is { } session)
            {
                await AskInAsync(session, "a sign of life", "SELECT 1", key: null);
            }
        }
        catch (Exception exception) when (exception is LockLostException or ObjectDisposedException)
        {
            // Whoever has a lock learns of it when it matters.
        }
    }

    private async ValueTask DropAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            // The pool would give the session, and its locks, to somebody else: it is reset there, and they go.
            await session.DisposeAsync();
        }
    }

    private static async Task<object?> AskAsync(NpgsqlConnection session, string sql, long? key)
    {
#pragma warning disable CA2100 // Only texts of this file.
        await using var command = new NpgsqlCommand(sql, session);
#pragma warning restore CA2100
        if (key is { } number)
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = number });
        }

        return await command.ExecuteScalarAsync();
    }

    private sealed class Held(
        PostgreSqlLocks<TStore> locks,
        string what,
        long key,
        NpgsqlConnection session,
        SemaphoreSlim door
    ) : IDistributedLock
    {
        public Task ConfirmAsync() => locks.AskInAsync(session, what, "SELECT 1", key: null);

        public async ValueTask DisposeAsync()
        {
            try
            {
                await locks.AskInAsync(session, what, "SELECT pg_advisory_unlock($1)", key);
            }
            catch (LockLostException)
            {
                // Then there is nothing to give back.
            }
            finally
            {
                door.Release();
            }
        }
    }
}
