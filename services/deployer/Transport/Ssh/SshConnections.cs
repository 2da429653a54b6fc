using System.Collections.Concurrent;
using System.Net.Sockets;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Hosting;
using Microsoft.Extensions.Options;
using Renci.SshNet;
using Renci.SshNet.Common;
using ConnectionInfo = Renci.SshNet.ConnectionInfo;

namespace Canary.Deployer.Transport.Ssh;

/// <summary>Connections to hosts, kept open for a while: logging in costs more than most requests.</summary>
internal sealed class SshConnections : IAsyncDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly DeployKey _key;
    private readonly HostKeys _hostKeys;
    private readonly SshTransportOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;

    public SshConnections(DeployKey key, HostKeys hostKeys, IOptions<DeployerOptions> options, TimeProvider time)
    {
        _key = key;
        _hostKeys = hostKeys;
        _options = options.Value.Ssh;
        _time = time;
        var interval = _options.KeepConnection > TimeSpan.Zero ? _options.KeepConnection : Timeout.InfiniteTimeSpan;
        _sweep = time.CreateTimer(_ => Sweep(), state: null, interval, interval);
    }

    /// <summary>Borrows a connection to the host for one request.</summary>
    /// <param name="host">The host.</param>
    /// <param name="fresh">Not one that has been open before: the other end may be gone without a word.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CanaryException">
    /// <c>host-unreachable</c>, <c>host-key-unknown</c>, <c>host-key-changed</c>, <c>host-login-refused</c> or
    /// <c>deploy-key-unusable</c>
    /// </exception>
    public async Task<Lease> BorrowAsync(InventoryHost host, bool fresh, CancellationToken cancellation)
    {
        var slot = _slots.GetOrAdd(KeyOf(host), _ => new Slot());
        await slot.Gate.WaitAsync(cancellation);
        try
        {
            if (fresh || slot.Client is not { IsConnected: true })
            {
                slot.Abandon();
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

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        foreach (var slot in _slots.Values)
        {
            slot.Abandon();
        }
    }

    /// <summary>The same host with other keys or another user is another connection.</summary>
    private string KeyOf(InventoryHost host) =>
        $"{host.Ssh.User ?? _options.User}@{host.Address}:{host.Ssh.Port} {string.Join(' ', host.Ssh.HostKeys)}";

    private async Task<SshClient> ConnectAsync(InventoryHost host, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _time);
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

    private ConnectionInfo Describe(InventoryHost host, IReadOnlyCollection<string> refusedTypes)
    {
        var user = host.Ssh.User ?? _options.User;
        var connection = new ConnectionInfo(
            host.Address,
            host.Ssh.Port,
            user,
            new PrivateKeyAuthenticationMethod(user, _key.Read())
        )
        {
            Timeout = _options.ConnectTimeout,
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

    private CanaryException Explain(InventoryHost host, Exception exception) =>
        exception switch
        {
            CanaryException known => known,
            SshAuthenticationException => new CanaryException(
                "host-login-refused",
                $"{host.Name} does not let {host.Ssh.User ?? _options.User} in: {exception.Message}",
                $"Run hosts/install.sh on {host.Name} with the deployer's public key, which is in {_key.Path}.pub.",
                exception
            ),
            OperationCanceledException or SshOperationTimeoutException => Unreachable(
                host,
                $"no answer within {_options.ConnectTimeout.TotalSeconds:0.###} s",
                exception
            ),
            SocketException or SshException or IOException => Unreachable(host, exception.Message, exception),
            _ => Unreachable(host, $"{exception.GetType().Name}: {exception.Message}", exception),
        };

    private static CanaryException Unreachable(InventoryHost host, string why, Exception exception) =>
        new(
            HostFailures.Unreachable,
            $"{host.Name} cannot be reached at {host.Address}, port {host.Ssh.Port}: {why}",
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

            if (slot.Users == 0 && _time.GetElapsedTime(slot.LastUse) >= _options.KeepConnection)
            {
                slot.Abandon();
            }

            slot.Gate.Release();
        }
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
                client.Dispose();
                return;
            }

            slot.Users--;
            if (slot.Users == 0 && _options.KeepConnection == TimeSpan.Zero)
            {
                slot.Abandon();
            }
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>What a host shows of itself. It has keys of several types and shows one at a time: the one that is known may
    /// be another than the first.</summary>
    private sealed class Encounter(HostKeys hostKeys, InventoryHost host)
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
            var mayShow = _isNewKey && Verdict is { Code: HostKeys.Changed };
            _isNewKey = false;
            return mayShow;
        }
    }

    /// <summary>A borrowed connection.</summary>
    internal sealed class Lease(SshConnections connections, Slot slot, SshClient client) : IAsyncDisposable
    {
        public SshClient Client => client;

        public ValueTask DisposeAsync() => connections.ReturnAsync(slot, client);
    }

    /// <summary>The place of one host's connection.</summary>
    internal sealed class Slot
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public SshClient? Client { get; set; }

        public int Users { get; set; }

        public long LastUse { get; set; }

        /// <summary>Lets go of the connection; whoever still uses it closes it.</summary>
        public void Abandon()
        {
            if (Users == 0)
            {
                Client?.Dispose();
            }

            Client = null;
            Users = 0;
        }
    }
}
