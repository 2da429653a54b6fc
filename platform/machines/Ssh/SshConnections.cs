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

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly SshHostKeys _hostKeys;
    private readonly SshLogin _login;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;

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

        Key = new SshKey(login, data);
        _hostKeys = new SshHostKeys(login, data, logger);
        _login = login;
        _time = time;
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

    /// <summary>Borrows a connection to the host for one request.</summary>
    /// <param name="host">The host.</param>
    /// <param name="fresh">Not one that has been open before: the other end may be gone without a word.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CanaryException">
    /// <c>host-unreachable</c>, <c>host-key-unknown</c>, <c>host-key-changed</c>, <c>host-login-refused</c> or
    /// <c>ssh-key-unusable</c>
    /// </exception>
    public async Task<Lease> BorrowAsync(SshTarget host, bool fresh, CancellationToken cancellation)
    {
        var slot = _slots.GetOrAdd(KeyOf(host), _ => new Slot());
        await slot.Gate.WaitAsync(cancellation);
        try
        {
            if (fresh || slot.Client is not { IsConnected: true })
            {
                LetGo(slot.Abandon());
                slot.Client = await ConnectAsync(host, cancellation);
            }

            slot.Users++;
            return new Lease(this, slot, slot.Client);
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
            LetGo(slot.Abandon());
        }

        Key.Dispose();
    }

    /// <summary>The same host with other keys or another user is another connection.</summary>
    private string KeyOf(SshTarget host) =>
        $"{host.Access.User ?? _login.User}@{host.Address}:{host.Access.Port} {string.Join(' ', host.Access.HostKeys)}";

    private async Task<SshClient> ConnectAsync(SshTarget host, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_login.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var encounter = new Encounter(_hostKeys, host);
        while (true)
        {
            var client = new SshClient(Describe(host, encounter.RefusedTypes)) { KeepAliveInterval = KeepAlive };
            client.HostKeyReceived += (_, shown) => shown.CanTrust = encounter.Trusts(shown.HostKeyName, shown.HostKey);
            try
            {
                await client.ConnectAsync(either.Token);
                return client;
            }
            catch (Exception exception)
            {
                client.Dispose();
                cancellation.ThrowIfCancellationRequested();
                if (!encounter.MayShowAnotherKey())
                {
                    throw encounter.Verdict ?? Explain(host, exception);
                }
            }
        }
    }

    private ConnectionInfo Describe(SshTarget host, IReadOnlyCollection<string> refusedTypes)
    {
        var user = host.Access.User ?? _login.User;
        var connection = new ConnectionInfo(
            host.Address,
            host.Access.Port,
            user,
            new PrivateKeyAuthenticationMethod(user, Key.Read())
        )
        {
            Timeout = _login.StallTimeout ?? _login.ConnectTimeout,
        };
        foreach (
            var algorithm in connection.HostKeyAlgorithms.Keys.Where(x => refusedTypes.Contains(TypeOf(x))).ToList()
        )
        {
            connection.HostKeyAlgorithms.Remove(algorithm);
        }

        return connection;
    }

    /// <summary>RSA keys go by several names, after the hash of the signature (RFC 8332).</summary>
    private static string TypeOf(string algorithm) =>
        algorithm.StartsWith("rsa-sha2-", StringComparison.Ordinal) ? "ssh-rsa" : algorithm;

    private CanaryException Explain(SshTarget host, Exception exception) =>
        exception switch
        {
            CanaryException known => known,
            SshAuthenticationException => new CanaryException(
                MachinesCodes.HostLoginRefused,
                $"{host.Name} does not let {host.Access.User ?? _login.User} in: {exception.Message}",
                $"Run {_login.Script} on {host.Name} with the public key of {_login.Service}, which is in {Key.Path}.pub.",
                exception
            ),
            OperationCanceledException or SshOperationTimeoutException => Unreachable(
                host,
                $"no answer within {_login.ConnectTimeout.TotalSeconds:0.###} s",
                exception
            ),
            SocketException or SshException or IOException => Unreachable(host, exception.Message, exception),
            _ => Unreachable(host, $"{exception.GetType().Name}: {exception.Message}", exception),
        };

    private static CanaryException Unreachable(SshTarget host, string why, Exception exception) =>
        new(
            MachinesCodes.HostUnreachable,
            $"{host.Name} cannot be reached at {host.Address}, port {host.Access.Port}: {why}",
            "Check that the host is up, that sshd listens there, and that no firewall is in between.",
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

            if (slot.Users == 0 && _time.GetElapsedTime(slot.LastUse) >= _login.KeepConnection)
            {
                LetGo(slot.Abandon());
            }

            slot.Gate.Release();
        }
    }

    /// <summary>Closes a connection behind: it says goodbye, which blocks while the other end takes nothing.</summary>
    private static void LetGo(SshClient? client)
    {
        if (client is null)
        {
            return;
        }

        _ = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    client.Dispose();
                }
                catch (Exception exception) when (IsBroken(exception))
                {
                    // It is closed already.
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    private async ValueTask ReturnAsync(Slot slot, SshClient client)
    {
        await slot.Gate.WaitAsync();
        try
        {
            slot.LastUse = _time.GetTimestamp();
            if (slot.Client != client)
            {
                // Somebody has put a fresh one in its place.
                LetGo(client);
                return;
            }

            slot.Users--;
            if (slot.Users == 0 && _login.KeepConnection == TimeSpan.Zero)
            {
                LetGo(slot.Abandon());
            }
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>What a host shows of itself. It has keys of several types and shows one at a time: the one that is known may
    /// be another than the first.</summary>
    private sealed class Encounter(SshHostKeys hostKeys, SshTarget host)
    {
        private readonly List<string> _refusedTypes = [];
        private bool _isNewKey;

        public IReadOnlyCollection<string> RefusedTypes => _refusedTypes;

        public CanaryException? Verdict { get; private set; }

        public bool Trusts(string algorithm, byte[] key)
        {
            var type = TypeOf(algorithm);
            Verdict = hostKeys.Judge(host, type, key);
            if (Verdict is null)
            {
                return true;
            }

            _refusedTypes.Add(type);
            _isNewKey = true;
            return false;
        }

        /// <summary>Whether it was a key that ended the last try, and trying for another has a point.</summary>
        public bool MayShowAnotherKey()
        {
            var mayShow = _isNewKey && Verdict is { Code: SshHostKeys.Changed };
            _isNewKey = false;
            return mayShow;
        }
    }

    /// <summary>A borrowed connection.</summary>
    public sealed class Lease : IAsyncDisposable
    {
        private readonly SshConnections _connections;
        private readonly Slot _slot;

        internal Lease(SshConnections connections, Slot slot, SshClient client)
        {
            _connections = connections;
            _slot = slot;
            Client = client;
        }

        /// <summary>The connection.</summary>
        public SshClient Client { get; }

        /// <summary>Gives it back.</summary>
        public ValueTask DisposeAsync() => _connections.ReturnAsync(_slot, Client);
    }

    /// <summary>The place of one host's connection.</summary>
    internal sealed class Slot
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public SshClient? Client { get; set; }

        public int Users { get; set; }

        public long LastUse { get; set; }

        /// <summary>Has no connection any more.</summary>
        /// <returns>The connection that is to be closed; <c>null</c>: none, or whoever still uses it closes it.</returns>
        public SshClient? Abandon()
        {
            var unused = Users == 0 ? Client : null;
            Client = null;
            Users = 0;
            return unused;
        }
    }
}
