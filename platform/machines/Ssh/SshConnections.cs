using System.Collections.Concurrent;
using System.Net.Sockets;
using Canary.Failures;
using Canary.Files;
using Microsoft.Extensions.Logging;
using Renci.SshNet;
using Renci.SshNet.Common;
using ConnectionInfo = Renci.SshNet.ConnectionInfo;

namespace Canary.Machines.Ssh;

/// <summary>Connections to hosts, kept open for a while: logging in costs more than most requests.</summary>
public sealed class SshConnections : IAsyncDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongestProof = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly SshHostKeys _hostKeys;
    private readonly SshLogin _login;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private readonly Lazy<int> _reserved;
    private int _open;

    /// <summary>Prepares for connections of a service; makes none.</summary>
    /// <param name="login">As whom.</param>
    /// <param name="data">Where the service's files are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For keys that are trusted from now on.</param>
    public SshConnections(SshLogin login, DataDirectory data, TimeProvider time, ILogger<SshConnections> logger)
    {
        ArgumentNullException.ThrowIfNull(login);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(time);

        Key = new SshKey(login, data, time);
        _hostKeys = new SshHostKeys(login, data, time, logger);
        _login = login;
        _time = time;
        _reserved = new Lazy<int>(() =>
        {
            SshThreads.Reserve(login.Concurrency);
            return login.Concurrency;
        });
        var interval = _login.KeepConnection > TimeSpan.Zero ? _login.KeepConnection : Timeout.InfiniteTimeSpan;
        _sweep = time.CreateTimer(_ => Sweep(), state: null, interval, interval);
    }

    /// <summary>The key that opens them.</summary>
    public SshKey Key { get; }

    /// <summary>File with the keys of hosts whose entry names none.</summary>
    public string KnownHostsFile => _hostKeys.KnownHostsFile;

    /// <summary>Whether an exception means that a connection broke while it was in use.</summary>
    public static bool IsBroken(Exception exception) =>
        exception is SshException or SocketException or IOException or ObjectDisposedException;

    /// <summary>The last jump host before a host; <c>null</c>: none.</summary>
    public SshTarget? JumpBefore(SshTarget host) => SshJump.Before(host, _login);

    /// <summary>Borrows a connection to the host for one request.</summary>
    /// <param name="host">The host.</param>
    /// <param name="fresh">Not one that has been open before: the other end may be gone without a word.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CanaryException">
    /// <c>host-unreachable</c>, <c>host-key-unknown</c>, <c>host-key-changed</c>, <c>host-login-refused</c>,
    /// <c>ssh-key-unusable</c> or <c>ssh-agent-unavailable</c>
    /// </exception>
    public async Task<Lease> BorrowAsync(SshTarget host, bool fresh, CancellationToken cancellation)
    {
        var slot = _slots.GetOrAdd(KeyOf(host), _ => new Slot());
        var before = slot.Tries;
        await slot.Gate.WaitAsync(cancellation);
        try
        {
            // Whoever waited here while somebody else tried has the outcome of that: a jump host that is down is found out once.
            var isNews = slot.Tries != before;
            if (isNews && slot.Failure is { } failure)
            {
                throw new CanaryException(failure.Code, failure.Message, failure.Remedy, failure);
            }

            if ((fresh && !isNews) || slot.Connection is not { Client.IsConnected: true })
            {
                Abandon(slot);
                slot.Connection = await TryAsync(slot, host, cancellation);
            }

            slot.Connection.Users++;
            return new Lease(this, slot, slot.Connection);
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        foreach (var slot in _slots.Values)
        {
            Abandon(slot);
        }

        if (_reserved.IsValueCreated)
        {
            SshThreads.Release(_reserved.Value);
        }

        Key.Dispose();
    }

    /// <summary>The same host with other keys, another user or another way is another connection.</summary>
    private string KeyOf(SshTarget host) =>
        $"{host.Access.User ?? _login.User}@{host.Address}:{host.Access.Port} {string.Join(' ', host.Access.HostKeys)} {string.Join(' ', host.Access.EnrolledKeys)} "
        + string.Join(' ', host.Access.Jump ?? _login.Jump);

    private async Task<SshConnection> TryAsync(Slot slot, SshTarget host, CancellationToken cancellation)
    {
        _ = _reserved.Value;
        slot.Failure = null;
        try
        {
            return await ConnectAsync(host, cancellation);
        }
        catch (CanaryException exception)
        {
            slot.Failure = exception;
            throw;
        }
        finally
        {
            slot.Tries++;
        }
    }

    private async Task<SshConnection> ConnectAsync(SshTarget host, CancellationToken cancellation)
    {
        if (JumpBefore(host) is not { } jump)
        {
            return await ConnectAsync(host, null, null, cancellation);
        }

        var lease = await BorrowJumpAsync(host, jump, fresh: false, cancellation);
        try
        {
            return await ConnectAsync(host, jump, lease, cancellation);
        }
        catch (CanaryException exception) when (exception.Code == MachinesCodes.HostUnreachable)
        {
            if (await IsAliveAsync(lease.Client, cancellation))
            {
                throw;
            }
        }

        lease = await BorrowJumpAsync(host, jump, fresh: true, cancellation);
        return await ConnectAsync(host, jump, lease, cancellation);
    }

    private async Task<Lease> BorrowJumpAsync(
        SshTarget host,
        SshTarget jump,
        bool fresh,
        CancellationToken cancellation
    )
    {
        try
        {
            return await BorrowAsync(jump, fresh, cancellation);
        }
        catch (CanaryException exception)
        {
            throw new CanaryException(
                exception.Code,
                $"{host.Name} is not reached, because of its jump host: {exception.Message}",
                exception.Remedy,
                exception
            );
        }
    }

    /// <summary>Whether the other end still answers, whatever it says.</summary>
    private async Task<bool> IsAliveAsync(SshClient client, CancellationToken cancellation)
    {
        if (!client.IsConnected)
        {
            return false;
        }

        var proof = Task.Factory.StartNew(
            () =>
            {
                using var command = client.CreateCommand("true");
                command.Execute();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        try
        {
            await proof.WaitAsync(LongestProof, _time, cancellation);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or SshOperationTimeoutException)
        {
            return false;
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            return client.IsConnected;
        }
    }

    private async Task<SshConnection> ConnectAsync(
        SshTarget host,
        SshTarget? jump,
        Lease? lease,
        CancellationToken cancellation
    )
    {
        SshWay? way = null;
        try
        {
            way = lease is null ? null : new SshWay(lease.Client, host);
            var client = await LogInAsync(host, way, cancellation);
            Interlocked.Increment(ref _open);
            return new SshConnection(client, way, lease);
        }
        catch (Exception exception)
        {
            var why = exception is CanaryException or SshAuthenticationException
                ? exception
                : way?.Failure ?? exception;
            way?.Dispose();
            if (lease is not null)
            {
                await lease.DisposeAsync();
            }

            cancellation.ThrowIfCancellationRequested();
            throw Explain(host, jump, why);
        }
    }

    private async Task<SshClient> LogInAsync(SshTarget host, SshWay? way, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_login.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var encounter = new SshEncounter(_hostKeys, host);
        while (true)
        {
            var connection = Describe(host, way);
            encounter.Prepare(connection);
            var client = new SshClient(connection) { KeepAliveInterval = KeepAlive };
            client.HostKeyReceived += (_, shown) => encounter.Judge(shown);
            way?.Announce();
            try
            {
                await client.ConnectAsync(either.Token);
                return client;
            }
            catch (Exception exception)
            {
                client.Dispose();
                cancellation.ThrowIfCancellationRequested();
                if (!encounter.MayShowAnotherKey(exception))
                {
                    if (encounter.Verdict is { } verdict)
                    {
                        throw verdict;
                    }

                    throw;
                }
            }
        }
    }

    private ConnectionInfo Describe(SshTarget host, SshWay? way)
    {
        var user = host.Access.User ?? _login.User;
        var connection = new ConnectionInfo(
            way?.Address ?? host.Address,
            way?.Port ?? host.Access.Port,
            user,
            new PrivateKeyAuthenticationMethod(user, Key.Sources())
        )
        {
            Timeout = _login.StallTimeout ?? _login.ConnectTimeout,
        };
        SshKeyExchanges.Offer(connection, _login.KeyExchange);
        return connection;
    }

    private CanaryException Explain(SshTarget host, SshTarget? jump, Exception exception) =>
        exception switch
        {
            CanaryException known => known,
            SshAuthenticationException => new CanaryException(
                MachinesCodes.HostLoginRefused,
                $"{host.Name} does not let {host.Access.User ?? _login.User} in: {exception.Message}",
                host.IsJump
                    ? $"Write {Key.PublicHalf} to the authorized_keys of that user there; `restrict,port-forwarding` is all it needs."
                    : $"Run {_login.Script} on {host.Name} with {Key.PublicHalf}.",
                exception
            ),
            OperationCanceledException or SshOperationTimeoutException => Unreachable(
                host,
                jump,
                $"no answer within {_login.ConnectTimeout.TotalSeconds:0.###} s",
                exception
            ),
            SocketException or SshException or IOException => Unreachable(host, jump, exception.Message, exception),
            _ => Unreachable(host, jump, $"{exception.GetType().Name}: {exception.Message}", exception),
        };

    private static CanaryException Unreachable(SshTarget host, SshTarget? jump, string why, Exception exception) =>
        new(
            MachinesCodes.HostUnreachable,
            $"{host.Name} cannot be reached at {host.Address}, port {host.Access.Port}"
                + (jump is null ? "" : $", from the jump host {jump.Name}")
                + $": {why}",
            jump is null
                ? "Check that the host is up, that sshd listens there, and that no firewall is in between."
                : $"Check that the host is up, that sshd listens there, and that {jump.Name} reaches it and may forward connections "
                    + "(AllowTcpForwarding, PermitOpen).",
            exception
        );

    private void Sweep()
    {
        foreach (var slot in _slots.Values)
        {
            if (!slot.Gate.Wait(0))
            {
                continue;
            }

            if (slot.Connection is { Users: 0 } && _time.GetElapsedTime(slot.LastUse) >= _login.KeepConnection)
            {
                Abandon(slot);
            }

            slot.Gate.Release();
        }
    }

    /// <summary>Empties the place. The last of those who still use the connection closes it.</summary>
    private void Abandon(Slot slot)
    {
        if (slot.Connection is { Users: 0 } unused)
        {
            LetGo(unused);
        }

        slot.Connection = null;
    }

    private void LetGo(SshConnection connection)
    {
        Interlocked.Decrement(ref _open);
        connection.LetGo();
    }

    private async ValueTask ReturnAsync(Slot slot, SshConnection connection)
    {
        await slot.Gate.WaitAsync();
        try
        {
            connection.Users--;
            slot.LastUse = _time.GetTimestamp();
            var isTooMany = Volatile.Read(ref _open) > _login.MostConnections;
            if (connection.Users > 0)
            {
                return;
            }

            if (slot.Connection != connection)
            {
                // Somebody has put a fresh one in its place.
                LetGo(connection);
            }
            else if (isTooMany || _login.KeepConnection == TimeSpan.Zero)
            {
                Abandon(slot);
            }
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>A borrowed connection.</summary>
    public sealed class Lease : IAsyncDisposable
    {
        private readonly SshConnections _connections;
        private readonly Slot _slot;
        private readonly SshConnection _connection;

        internal Lease(SshConnections connections, Slot slot, SshConnection connection)
        {
            _connections = connections;
            _slot = slot;
            _connection = connection;
        }

        /// <summary>The connection.</summary>
        public SshClient Client => _connection.Client;

        /// <summary>Gives it back.</summary>
        public ValueTask DisposeAsync() => _connections.ReturnAsync(_slot, _connection);
    }

    /// <summary>The place of one host's connection.</summary>
    internal sealed class Slot
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public SshConnection? Connection { get; set; }

        public long LastUse { get; set; }

        /// <summary>How often it was tried to connect.</summary>
        public volatile int Tries;

        /// <summary>Why the last try failed; <c>null</c>: it did not.</summary>
        public CanaryException? Failure { get; set; }
    }
}
